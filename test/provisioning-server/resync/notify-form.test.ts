import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Secret } from "../../../protocol/secret.ts";
import { headerValue } from "../../../protocol/sip/message.ts";
import { loadProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";
import { notifyForm } from "../../../provisioning-server/resync/notify-form.ts";
import { notifyRequest } from "../../../provisioning-server/resync/notify-request.ts";
import { notifyTarget, type WhereInput } from "../../../provisioning-server/resync/notify-target.ts";

const profiles = await loadProfiles(fileURLToPath(new URL("../../../firmware-profiles", import.meta.url)));
const local = { address: "192.0.2.1", port: 5060 };
const account = { user: "201", password: new Secret("made-up"), server: "pbx.example", serverPort: 5060 };
const phone: WhereInput = { account: { ...account, localPort: 0 }, address: "10.1.2.3", neighbours: 0 };

/** The word of each family, as its vendor has it; null: it obeys none. */
const words: Readonly<Record<string, readonly [event: string | null, reboot: string | null]>> = {
  yealink: ["check-sync;reboot=false", "check-sync;reboot=true"],
  snom: ["check-sync;reboot=false", "check-sync;reboot=true"],
  "snom-dect": ["check-sync;reboot=true", "check-sync;reboot=true"],
  poly: ["check-sync", null],
  "poly-obi": ["resync", "reboot"],
  grandstream: ["check-sync", null],
  "cisco-spa": ["resync", "reboot_now"],
  "cisco-mpp": ["resync", "reboot_now"],
  mitel: ["check-sync", null],
  panasonic: ["check-sync", null],
  linphone: [null, null],
  zoiper: [null, null],
  unify: [null, null],
};

for (const [id, [event, reboot]] of Object.entries(words))
  test(`notifyForm() of ${id}: ${event ?? "none"}, restart ${reboot ?? "none"}`, () => {
    const family = profiles.families.find((each) => each.id === id);
    assert.ok(family);
    const [plain, restart] = [notifyForm(family.vendor, false), notifyForm(family.vendor, true)];
    assert.equal(plain.ok ? plain.event : null, event);
    assert.equal(restart.ok ? restart.event : null, reboot);
  });

for (const { id, vendor } of profiles.families)
  test(`a NOTIFY to ${id} carries its word, or a sentence says what does instead`, () => {
    for (const reboot of [false, true]) {
      const form = notifyForm(vendor, reboot);
      if (!form.ok) {
        assert.match(form.why, /^\S.{15,}/);
        assert.match(form.instead, /\.$/);
        continue;
      }
      const found = notifyTarget(phone);
      assert.ok(found.ok);
      const request = notifyRequest(found.target, form.event, local);
      assert.equal(headerValue(request, "Event"), form.event);
      assert.doesNotMatch(form.event, /[\r\n]/);
    }
  });

test("notifyRequest() through the PBX is for the user there", () => {
  const found = notifyTarget(phone);
  assert.ok(found.ok);
  assert.equal(`${found.target.way} ${found.target.host}:${found.target.port}`, "pbx pbx.example:5060");
  const request = notifyRequest(found.target, "check-sync", local);
  assert.equal(request.uri, "sip:201@pbx.example");
  assert.equal(headerValue(request, "To"), "<sip:201@pbx.example>");
  assert.match(headerValue(request, "From") ?? "", /^<sip:201@pbx\.example>;tag=/);
  assert.equal(headerValue(request, "Subscription-State"), "terminated");
});

test("notifyTarget() takes the site's PBX, then the outbound proxy, then the server", () => {
  const proxy = { host: "edge.example", port: 5070 };
  const through = (more: Partial<WhereInput>) => {
    const found = notifyTarget({ ...phone, ...more });
    return found.ok ? `${found.target.uri} at ${found.target.host}:${found.target.port}` : found.why;
  };
  const withProxy = { ...phone.account, proxy };
  assert.equal(through({ account: withProxy }), "sip:201@pbx.example at edge.example:5070");
  const pbx = { host: "10.0.0.9", port: 5080 };
  assert.equal(through({ account: withProxy, pbx }), "sip:201@pbx.example at 10.0.0.9:5080");
  assert.equal(through({ via: "direct" }), "sip:201@10.1.2.3:5060 at 10.1.2.3:5060");
  const own = { ...phone.account, localPort: 5062 };
  assert.equal(through({ via: "direct", account: own }), "sip:201@10.1.2.3:5062 at 10.1.2.3:5062");
  assert.match(through({ via: "direct", neighbours: 2 }), /^2 more phones .* NAT/);
  const { address: _address, ...unseen } = phone;
  const found = notifyTarget({ ...unseen, via: "direct" });
  assert.match(found.ok ? "" : found.why, /never seen/);
  assert.equal(
    through({ account: { ...phone.account, user: "a@b c" } }),
    "sip:a%40b%20c@pbx.example at pbx.example:5060",
  );
});
