interface Shape {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
}

interface Call {
  readonly operationId: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Shape }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: Shape }>> }>
  >;
}

/** As much of an OpenAPI document as is looked at. */
export interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Call>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Shape>> };
}

function inShape(shape: Shape | undefined, place: string): string[] {
  if (shape === undefined) return [];
  if (shape.$ref !== undefined) return [`${place} is ${shape.$ref.slice(shape.$ref.lastIndexOf("/") + 1)}`];
  const own = Object.entries(shape.properties ?? {}).flatMap(([name, child]) => [
    `${place}.${name}`,
    ...inShape(child, `${place}.${name}`),
  ]);
  return [...own, ...inShape(shape.items, `${place}[]`)];
}

/** Everything in the API that a program may rely on, one a line: calls, parameters, fields of bodies and answers. */
export function fieldsOf(api: OpenApi): string[] {
  const fields = Object.entries(api.paths).flatMap(([path, calls]) =>
    Object.entries(calls).flatMap(([method, call]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const bodies = Object.values(call.requestBody?.content ?? {});
      return [
        `${name} ${call.operationId}`,
        ...(call.parameters ?? []).map((parameter) => `${name} ${parameter.in}.${parameter.name}`),
        ...bodies.flatMap(({ schema }) => inShape(schema, `${name} body`)),
        ...Object.entries(call.responses).flatMap(([status, { content }]) => [
          `${name} ${status}`,
          ...Object.values(content ?? {}).flatMap(({ schema }) => inShape(schema, `${name} ${status}`)),
        ]),
      ];
    }),
  );
  const named = Object.entries(api.components.schemas).flatMap(([name, shape]) => inShape(shape, name));
  return [...new Set([...fields, ...named])].toSorted();
}
