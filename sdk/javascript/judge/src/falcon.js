// The module "falcon", which judges import: the host's services, as far as plugin.toml asks for them.

import { call } from "falcon:host";

/** What a service did not give; `code` says why. */
export class Problem extends Error {
  constructor({ cause, message }) {
    super(message);
    this.name = "Problem";
    this.code = cause;
  }
}

function answer(service, question) {
  const { ok, problem } = JSON.parse(call(service, JSON.stringify(question)));
  if (problem) throw new Problem(problem);
  return ok;
}

function send(method, url, body, headers) {
  const response = answer("http", { method, url: String(url), headers: Object.entries(headers ?? {}), body });
  response.headers = Object.fromEntries(response.headers);
  response.json = () => JSON.parse(response.text);
  return response;
}

export const llm = {
  ask(messages, { maxTokens = 512, json = false } = {}) {
    const asked = typeof messages === "string" ? [{ role: "user", text: messages }] : messages;
    return answer("llm", { messages: asked, maxTokens, json });
  },
};

export const http = {
  get: (url, headers) => send("get", url, "", headers),
  post: (url, body, headers) => send("post", url, typeof body === "string" ? body : JSON.stringify(body), headers),
};

export const kv = {
  get: (key) => answer("kv", { get: String(key) }),
  set: (key, value) => answer("kv", { set: String(key), value: String(value) }),
  delete: (key) => answer("kv", { delete: String(key) }),
};
