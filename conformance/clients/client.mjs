// Test the emulator from Node with oauth-1.0a: upload, download, listing, a wrong signature.
// usage: node client.mjs URL KEY SECRET TOKEN TOKEN_SECRET
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import OAuth from "oauth-1.0a";

const [url, key, secret, token, tokenSecret] = process.argv.slice(2);

async function send(method, path, signingSecret = tokenSecret, body = undefined) {
  const oauth = new OAuth({
    consumer: { key, secret },
    signature_method: "HMAC-SHA1",
    hash_function: (text, signingKey) =>
      createHmac("sha1", signingKey).update(text).digest("base64"),
  });
  const request = { url: url + path, method };
  const authorization = oauth.authorize(request, { key: token, secret: signingSecret });
  const headers = oauth.toHeader(authorization);
  if (body) headers["Content-Type"] = "application/octet-stream";
  return fetch(request.url, { method, headers, body });
}

const put = await send("PUT", "/1/files_put/dropbox/node.txt?overwrite=true", tokenSecret, "content");
assert.equal(put.status, 200);
assert.equal((await put.json()).bytes, 7);
const got = await send("GET", "/1/files/dropbox/node.txt");
assert.equal(await got.text(), "content");
assert.equal(JSON.parse(got.headers.get("x-dropbox-metadata")).path, "/node.txt");
const listed = await (await send("GET", "/1/metadata/dropbox/?list=true")).json();
assert.deepEqual(listed.contents.map((entry) => entry.path), ["/node.txt"]);
assert.equal((await send("GET", "/1/account/info", "wrong")).status, 403);
console.log("node: upload, download, listing and a rejected signature");
