// The module "falcon": services of the host, as far as plugin.toml asks for them.

interface FalconResponse {
  /** Also one that says that the request failed: nothing is followed. */
  status: number;
  /** By name, in lower case. */
  headers: Record<string, string>;
  text: string;
  json(): unknown;
}

declare module "falcon" {
  /** Why a service gave no answer. A judge that cannot do without one returns `null`: the program is not at fault. */
  export class Problem extends Error {
    /** `too-large`, `too-many`, `budget`, `unavailable`, `refused`, `quota`; `not-asked-for` where plugin.toml does not. */
    code: string;
  }
  /** The language model that the operator configured. Capability `llm`. */
  export const llm: {
    ask(
      messages: string | { role: "system" | "user" | "assistant"; text: string }[],
      options?: { maxTokens?: number; json?: boolean },
    ): { text: string; whole: boolean; tokens: number };
  };
  /** Requests to the hosts that plugin.toml names and the operator granted. Capability `http`. */
  export const http: {
    get(url: string, headers?: Record<string, string>): FalconResponse;
    /** A body that is no text is sent as JSON. */
    post(url: string, body: unknown, headers?: Record<string, string>): FalconResponse;
  };
  /** A map of texts that outlives the call. Capability `kv`. */
  export const kv: {
    get(key: string): string | null;
    set(key: string, value: unknown): void;
    delete(key: string): void;
  };
}
