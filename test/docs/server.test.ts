import assert from "node:assert/strict";
import { test } from "node:test";
import { MetricsRegistry } from "../../provisioning-server/metrics.ts";
import { problems } from "../../provisioning-server/problem.ts";
import { serverMetrics } from "../../provisioning-server/server-metrics.ts";
import { marked, readPage, tableOf } from "./markdown.ts";

test("docs/problems.md lists every problem with status and title, and no other", () => {
  const told = tableOf(readPage("docs/problems.md")).map((row) => [
    row.get("slug"),
    Number(row.get("status")),
    row.get("title"),
  ]);
  assert.deepEqual(
    told,
    Object.entries(problems).map(([slug, { status, title }]) => [slug, status, title]),
  );
});

/** Name, type and labels of every metric, as the registry was told them. */
class ListedMetrics extends MetricsRegistry {
  readonly listed: string[] = [];

  override counter(name: string, help: string, labels: readonly string[] = []) {
    this.listed.push(`${name} counter ${labels.join(", ")}`);
    return super.counter(name, help, labels);
  }

  override gauge(name: string, help: string, labels: readonly string[] = []) {
    this.listed.push(`${name} gauge ${labels.join(", ")}`);
    return super.gauge(name, help, labels);
  }

  override histogram(name: string, help: string, bounds: readonly number[], labels: readonly string[] = []) {
    this.listed.push(`${name} histogram ${labels.join(", ")}`);
    return super.histogram(name, help, bounds, labels);
  }
}

test("docs/metrics.md lists every metric with its type and labels, and no other", () => {
  const registry = new ListedMetrics();
  serverMetrics(registry, { version: "", revision: "", node: "" });
  const told = tableOf(marked(readPage("docs/metrics.md"), "metrics")).map(
    (row) => `${row.get("name")} ${row.get("type")} ${row.get("labels")}`,
  );
  assert.deepEqual(told, registry.listed);
});
