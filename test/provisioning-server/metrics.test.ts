import { equal, match, throws } from "node:assert/strict";
import { describe, test } from "node:test";
import fastify from "fastify";
import { MetricsRegistry, registerMetricsRoutes } from "../../provisioning-server/metrics.ts";
import { serverMetrics, setNocGauges } from "../../provisioning-server/server-metrics.ts";

describe("MetricsRegistry", () => {
  test("writes counters, gauges and histograms as text format 0.0.4", async () => {
    const registry = new MetricsRegistry();
    const asked = registry.counter("t_asked_total", "Asked.", ["door"]);
    asked.add({ door: "https" });
    asked.add({ door: "https" }, 2);
    registry.gauge("t_level", "Level.").set(1.5);
    const took = registry.histogram("t_seconds", "Took.", [0.1, 1], ["door"]);
    for (const value of [0.1, 0.5, 7]) took.observe(value, { door: "tftp" });
    equal(
      await registry.text(),
      `# HELP t_asked_total Asked.
# TYPE t_asked_total counter
t_asked_total{door="https"} 3
# HELP t_level Level.
# TYPE t_level gauge
t_level 1.5
# HELP t_seconds Took.
# TYPE t_seconds histogram
t_seconds_bucket{door="tftp",le="0.1"} 1
t_seconds_bucket{door="tftp",le="1"} 2
t_seconds_bucket{door="tftp",le="+Inf"} 3
t_seconds_sum{door="tftp"} 7.6
t_seconds_count{door="tftp"} 3
`,
    );
  });

  test("escapes label values and help", async () => {
    const registry = new MetricsRegistry();
    registry.gauge("t", "a\\b\nc", ["kind"]).set(1, { kind: 'q"\\\n' });
    equal(await registry.text(), '# HELP t a\\\\b\\nc\n# TYPE t gauge\nt{kind="q\\"\\\\\\n"} 1\n');
  });

  test("refuses what would be a series per phone or customer", () => {
    const registry = new MetricsRegistry();
    for (const label of ["mac", "ip", "tenant", "site", "device", "user", "path"])
      throws(() => registry.counter(`t_${label}`, "", [label]), /must not have the label/);
    const counter = registry.counter("t", "", ["kind"]);
    throws(() => {
      for (let kind = 0; kind < 501; kind += 1) counter.add({ kind: String(kind) });
    }, /more than 500 series/);
    throws(() => counter.add({ other: "x" }), /lacks the label kind/);
    throws(() => registry.gauge("t", ""), /twice/);
  });
});

describe("serverMetrics()", () => {
  test("are served with their contracted names, and gauges are read at the scrape", async () => {
    const registry = new MetricsRegistry();
    const metrics = serverMetrics(registry, { version: "0.1.0", revision: "abc", node: "24" });
    metrics.requests.add({ door: "https", outcome: "served" });
    registry.onCollect(() => setNocGauges(metrics, []));
    const app = fastify();
    registerMetricsRoutes(app, registry);
    const reply = await app.inject("/metrics");
    match(String(reply.headers["content-type"]), /^text\/plain; version=0\.0\.4/);
    match(reply.body, /^offhook_build_info\{version="0\.1\.0",revision="abc",node="24"\} 1$/m);
    match(reply.body, /^offhook_requests_total\{door="https",outcome="served"\} 1$/m);
    match(reply.body, /^offhook_agents\{state="silent"\} 0$/m);
    match(reply.body, /^offhook_incidents_open\{severity="critical",acknowledged="false"\} 0$/m);
    await app.close();
  });
});
