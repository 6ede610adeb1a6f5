// Uploads and downloads a file with the official SDK, with its own fetch and with that of Node.js.
import { Dropbox } from 'dropbox';

const options = { accessToken: 'fakebox-bearer-token' };
const client = new Dropbox(options);
await client.filesUpload({ path: '/node.txt', contents: 'hello' });
const { result } = await client.filesDownload({ path: '/node.txt' });
console.log(result.fileBinary.toString());

// With the fetch of Node.js, the SDK cannot download: it calls a method of node-fetch.
const listed = await new Dropbox({ ...options, fetch }).filesListFolder({ path: '' });
console.log(listed.result.entries.map((entry) => entry.name).join());
