// Run the tests of dropbox-js with an emulator, in a Node that is 12 years younger.
const https = require("https");
const http = require("http");

// Node of 2012 had no blobs. The tests of blobs are for browsers.
delete globalThis.Blob;

// Lead the hosts of the service to the emulator; xmlhttprequest uses no proxy.
const { hostname, port } = new URL(process.env.FAKEBOX_URL);
const send = https.request;
https.request = (options, callback) =>
  send({ ...options, hostname, host: hostname, port, servername: options.host, agent: false }, callback);

// The browser of a user: it follows the redirects from the page of the app to the test.
const browse = (url) => {
  const target = new URL(url);
  const options = { host: target.hostname, path: target.pathname + target.search, headers: { Host: target.host } };
  const request =
    target.protocol === "https:" ? https.request(options, follow) : http.request(url, follow);
  request.on("error", () => {}).end();
};
const follow = (response) => {
  if (response.headers.location) browse(response.headers.location);
  response.destroy();
};
require.cache[require.resolve("open")] = { exports: browse, loaded: true };
