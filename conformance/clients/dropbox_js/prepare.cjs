// Store the credentials for the tests of dropbox-js, which otherwise link a live account.
// usage: node prepare.cjs CREDENTIALS, where CREDENTIALS is JSON with the members `full` and `sandbox`
const fs = require("fs");
const path = require("path");
const Dropbox = require("dropbox");

const encoded = (credentials) => {
  const { secret, ...others } = credentials;
  return { ...others, key: Dropbox.encodeKey(credentials.key, secret) };
};

const { full, sandbox } = JSON.parse(process.argv[2]);
const folder = path.join(path.dirname(require.resolve("dropbox/package.json")), "test/.token");
fs.mkdirSync(folder, { recursive: true });
const stash = JSON.stringify({ full: encoded(full), sandbox: encoded(sandbox) });
fs.writeFileSync(path.join(folder, "token.json"), stash);
