import { useEffect, useState } from "preact/hooks";

export interface Me {
  readonly login: string;
  readonly name: string;
  readonly role: "viewer" | "operator" | "admin";
}

let asked: Promise<Me | undefined> | undefined;

/** Who is signed in; asked once. */
export function useMe(): Me | undefined {
  const [me, setMe] = useState<Me | undefined>();
  useEffect(() => {
    asked ??= fetch("/api/v1/me").then(
      async (reply) => (reply.ok ? ((await reply.json()) as Me) : undefined),
      () => undefined,
    );
    void asked.then(setMe);
  }, []);
  return me;
}
