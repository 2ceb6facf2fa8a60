// `offhook mirror`, as the side that answers.
import { systemIo } from "../../agent/io/system-io.ts";
import { startMirror } from "../../agent/mirror/mirror.ts";
import { sayAndServe } from "./own-process.ts";

const mirror = await startMirror(
  { address: "127.0.0.1", sipPort: 0, rtpPorts: { from: 0, to: 0 }, log: () => {} },
  systemIo(),
);
sayAndServe({ address: mirror.address, port: mirror.sipPort });
