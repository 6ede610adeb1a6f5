// Makes the fetch and https of Node.js use the proxy of `fakebox exec`.
//
// Node.js reads HTTPS_PROXY by itself from version 22.21 and 24.5 on, if NODE_USE_ENV_PROXY is set.
'use strict';

const http = require('node:http');
const https = require('node:https');
const tls = require('node:tls');

const DISPATCHER = Symbol.for('undici.globalDispatcher.1');
const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|\[?::1\]?)$/;

const proxy = process.env.HTTPS_PROXY && new URL(process.env.HTTPS_PROXY);

function usesProxy(host) {
  const direct = (process.env.NO_PROXY || '').split(',').map((name) => name.trim());
  return !LOOPBACK.test(host) && !direct.includes(host);
}

// Opens a TLS connection to a host through the proxy, and calls back with its socket.
function connectThroughProxy(options, callback) {
  const host = options.hostname || options.host;
  const request = http.request({
    host: proxy.hostname,
    port: proxy.port,
    method: 'CONNECT',
    path: `${host}:${options.port || 443}`,
    agent: false,
  });
  request.once('error', callback);
  request.once('connect', (response, socket) => {
    if (response.statusCode !== 200) {
      socket.destroy();
      callback(new Error(`the proxy responded with ${response.statusCode} to ${host}`));
      return;
    }
    const secured = tls.connect({
      ...options,
      path: undefined,
      socket,
      servername: options.servername || host,
      ALPNProtocols: ['http/1.1'],
    });
    secured.once('error', callback);
    secured.once('secureConnect', () => {
      secured.off('error', callback);
      callback(null, secured);
    });
  });
  request.end();
}

class ProxyAgent extends https.Agent {
  createConnection(options, callback) {
    if (!usesProxy(options.hostname || options.host)) {
      return super.createConnection(options, callback);
    }
    connectThroughProxy(options, callback);
    return undefined;
  }
}

// The first use of fetch stores an agent of undici, whose class has no other public name.
function replaceDispatcher() {
  fetch('data:,').catch(() => {});
  const Agent = globalThis[DISPATCHER].constructor;
  const direct = new Agent();
  const proxied = new Agent({ connect: connectThroughProxy });
  class Dispatcher extends Agent {
    dispatch(options, handler) {
      const url = new URL(options.origin);
      const isProxied = url.protocol === 'https:' && usesProxy(url.hostname);
      return (isProxied ? proxied : direct).dispatch(options, handler);
    }
  }
  globalThis[DISPATCHER] = new Dispatcher();
}

if (proxy && !process.allowedNodeEnvironmentFlags.has('--use-env-proxy')) {
  https.globalAgent = new ProxyAgent({ keepAlive: true });
  if (typeof fetch === 'function') {
    replaceDispatcher();
  }
}
