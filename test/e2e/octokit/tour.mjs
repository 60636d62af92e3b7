// SPDX-License-Identifier: MIT
// usage: node tour.mjs PART: what a program with Octokit sees of GitHub, one line of JSON for each thing. The API is at
// GITHUB_API_URL; with THROUGH_SOCKET it is asked through the socket GHMESH_HTTP_SOCKET.
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import { Agent, fetch } from "undici";

const base = process.env.THROUGH_SOCKET ? "http://localhost" : process.env.GITHUB_API_URL;
const dispatcher = process.env.THROUGH_SOCKET && new Agent({ connect: { socketPath: process.env.GHMESH_HTTP_SOCKET } });
const hello = { owner: "octo-org", repo: "hello" };

const show = (...what) => console.log(JSON.stringify(what).replaceAll(base, "BASE"));

const octokit = new (Octokit.plugin(retry, throttling))({
  auth: process.env.GH_TOKEN,
  baseUrl: base,
  request: dispatcher ? { fetch: (url, options) => fetch(url, { ...options, dispatcher }) } : {},
  log: { debug() {}, info() {}, warn() {}, error() {} },
  throttle: {
    fallbackSecondaryRateRetryAfter: 1,
    onRateLimit: (after, options, _, count) => (show("primary", options.url, count), false),
    onSecondaryRateLimit: (after, options, _, count) => (show("secondary", after, options.url, count), count < 1),
  },
});

const told = ({ status, url, headers, data }) =>
  show(status, url, headers.etag?.replace(/^W\//, ""), headers.link, headers["last-modified"], headers["content-type"], data);

async function refused(asking) {
  const error = await asking.then(() => new Error("it was answered"), (error) => error);
  show(error.name, error.status, error.message, error.response?.data);
}

async function read() {
  const repo = await octokit.rest.repos.get(hello);
  told(repo);
  for await (const page of octokit.paginate.iterator(octokit.rest.issues.listForRepo, { ...hello, per_page: 12 })) told(page);
  const names = await octokit.paginate("GET /orgs/{org}/repos", { org: "many-org", per_page: 100 }, ({ data }) => data.map((it) => it.name));
  show(names);
  told(await octokit.rest.actions.listWorkflowRunsForRepo({ ...hello, per_page: 3 }));
  told(await octokit.rest.pulls.get({ ...hello, pull_number: 1, mediaType: { format: "diff" } }));
  await refused(octokit.request("GET /repos/{owner}/{repo}", { ...hello, headers: { "if-none-match": repo.headers.etag } }));
  told(await octokit.request("GET /repos/{owner}/{repo}", { ...hello, headers: { "if-none-match": '"other"' } }));
}

async function moved() {
  told(await octokit.rest.repos.get({ ...hello, repo: "hello-old" }));
}

async function errors() {
  await refused(octokit.rest.repos.get({ ...hello, repo: "nothing" }));
  await refused(octokit.request("POST /repos/{owner}/{repo}/issues", { ...hello, labels: [] }));
  await refused(octokit.rest.actions.listSelfHostedRunnersForOrg({ org: "many-org" }));
}

async function limited() {
  told(await octokit.rest.repos.get(hello));
}

async function write() {
  const titles = async () => (await octokit.rest.issues.listForRepo({ ...hello, per_page: 2 })).data.map((it) => it.title);
  show(await titles());
  told(await octokit.rest.issues.create({ ...hello, title: "from Octokit" }));
  show(await titles());
}

async function asset() {
  const file = await octokit.rest.repos.getReleaseAsset({ ...hello, asset_id: 1, headers: { accept: "application/octet-stream" } });
  show(file.status, file.headers["content-type"], Buffer.from(file.data).toString("base64"));
}

const parts = { read, moved, errors, limited, write, asset };
await parts[process.argv[2]]().catch((error) => show("thrown", error.name, error.status, error.message));
