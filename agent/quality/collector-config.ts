import { Type, type Static } from "typebox";

/** The `[collector]` table of agent.toml: where phones send their quality reports. */
export const CollectorToml = Type.Object(
  {
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    address: Type.Optional(Type.String({ pattern: "^[0-9a-fA-F.:]{2,45}$" })),
    from: Type.Optional(
      Type.Array(Type.String({ pattern: "^[0-9a-fA-F.:]{2,45}(/[0-9]{1,3})?$" }), { maxItems: 100 }),
    ),
  },
  { additionalProperties: false },
);
export type CollectorConfig = Static<typeof CollectorToml>;
