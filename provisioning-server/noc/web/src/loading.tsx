import type { ComponentChildren } from "preact";
import type { Loaded } from "./load.ts";

/** Shows the data, or why there is none. */
export function Loading<Data>(props: {
  readonly of: Loaded<Data>;
  readonly missing: string;
  readonly children: (data: Data) => ComponentChildren;
}) {
  switch (props.of.state) {
    case "loading":
      return (
        <p class="empty" aria-busy="true">
          Reading …
        </p>
      );
    case "missing":
      return <p class="empty">{props.missing}</p>;
    case "failed":
      return (
        <p class="empty" role="alert">
          Cannot show this: {props.of.why}.
        </p>
      );
    case "ready":
      return <>{props.children(props.of.data)}</>;
  }
}

/** Every page's other forms. */
export function Forms({ path }: { readonly path: string }) {
  return (
    <p class="forms">
      <a href={`${path}.csv`}>CSV</a> <a href={`${path}.json`}>JSON</a>
    </p>
  );
}
