import { crc32 } from "node:zlib";
import { Type, type Static } from "typebox";
import { Compile } from "typebox/compile";
import { Dropped } from "../../protocol/health-report.ts";

/** Where a spool stands; what its record files cannot say by themselves. */
export const Position = Type.Object({
  version: Type.Integer({ minimum: 1 }),
  epoch: Type.String(),
  previousEpoch: Type.Optional(Type.String()),
  /** Done with: acknowledged, dropped, or refused. */
  acked: Type.Integer({ minimum: 0 }),
  /** Numbers that may have gone out without being on the disk. */
  used: Type.Integer({ minimum: 0 }),
  /** Up to where those that an end of the process took with it were counted. */
  usedCounted: Type.Optional(Type.Integer({ minimum: 0 })),
  /** How often the spool was opened. */
  opens: Type.Integer({ minimum: 1 }),
  /** Not told yet, one for each reason; the newest report when this was written is `droppedSince`. */
  dropped: Type.Array(Dropped),
  droppedSince: Type.Integer({ minimum: 0 }),
});
export type Position = Static<typeof Position>;

const validator = Compile(Position);

// Two slots of one file, written in turn, in place: a torn write leaves the other one whole, and no new block is needed
// when the disk is full. A slot: magic "OHP1", length of the JSON (4), its CRC-32 (4), the JSON.
export const slotBytes = 2048;
const magic = 0x4f485031;

/** The bytes of a slot and where in the file it goes. @throws RangeError when it does not fit */
export function encodeSlot(position: Position): { offset: number; bytes: Uint8Array } {
  const json = Buffer.from(JSON.stringify(position));
  const bytes = Buffer.alloc(slotBytes);
  bytes.writeUInt32BE(magic, 0);
  bytes.writeUInt32BE(json.length, 4);
  bytes.writeUInt32BE(crc32(json), 8);
  if (json.length > slotBytes - 12) throw new RangeError(`position has ${json.length} octets`);
  bytes.set(json, 12);
  return { offset: (position.version % 2) * slotBytes, bytes };
}

/** The newer of the whole slots; undefined when there is none. */
export function readSlots(file: Uint8Array | undefined): Position | undefined {
  if (file === undefined) return undefined;
  const [first, second] = [0, slotBytes].map((offset) =>
    decodeSlot(file.subarray(offset, offset + slotBytes)),
  );
  if (first === undefined || second === undefined) return first ?? second;
  return first.version > second.version ? first : second;
}

function decodeSlot(slot: Uint8Array): Position | undefined {
  if (slot.length < 12) return undefined;
  const bytes = Buffer.from(slot.buffer, slot.byteOffset, slot.byteLength);
  const json = bytes.subarray(12, 12 + bytes.readUInt32BE(4));
  if (bytes.readUInt32BE(0) !== magic || crc32(json) !== bytes.readUInt32BE(8)) return undefined;
  try {
    const value: unknown = JSON.parse(json.toString("utf8"));
    return validator.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
