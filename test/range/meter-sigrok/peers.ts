import type { Frame, Peer } from "./session.ts";

const line = (frame: Frame, place: number) => frame.answers?.[place];
const octets = (frame: Frame) => Buffer.from((frame.hex ?? "").replaceAll(" ", ""), "hex").toString("latin1");

/** A meter of text commands: fixed answers, and those that the frame shows. */
function answering(
  ends: string,
  fixed: Readonly<Record<string, string>>,
  shown: Readonly<Record<string, number>>,
): NonNullable<Peer["answer"]> {
  return (command, frame) => {
    const said = fixed[command] ?? (shown[command] === undefined ? undefined : line(frame, shown[command]));
    return said === undefined ? undefined : `${said}${ends}`;
  };
}

/** A Fluke handheld: acknowledgement, CR, line, CR. */
const fluke = (identity: string): NonNullable<Peer["answer"]> =>
  function answer(command, frame) {
    if (command === "ID") return `0\r${identity}\r`;
    return command === "QM" ? `0\r${line(frame, 0)}\r` : "1\r";
  };

const agilent = answering(
  "\r\n",
  { "*IDN?": "Agilent Technologies,U1272A,MY1,V2.00", "STAT?": '"000000100000000000000"' },
  { "CONF?": 0, "FETC?": 1 },
);

const fluke45 = answering(
  "\r\n",
  { "*IDN?": "FLUKE, 45, 1234567, 1.0 D1.0", "AUTO?": "1", "FUNC2?": "" },
  { "FUNC1?": 0, "VAL1?": 1 },
);

/** sigrok's driver for each file of frames that one of them reads. */
export const peers: Readonly<Record<string, Peer>> = {
  es51922: { driver: "uni-t-ut61e-ser:serialcomm=19200/8n1" },
  es51986: { driver: "uni-t-ut60g-ser:serialcomm=19200/8n1", twice: true },
  es51962: { driver: "iso-tech-idm103n:serialcomm=2400/8n1", twice: true },
  fs9721: { driver: "voltcraft-vc820-ser:serialcomm=2400/8n1" },
  fs9922: { driver: "uni-t-ut61d-ser:serialcomm=2400/8n1" },
  dtm0660: { driver: "velleman-dvm4100:serialcomm=2400/8n1" },
  ut71x: { driver: "uni-t-ut71c-ser:serialcomm=2400/8n1" },
  bm25x: { driver: "brymen-bm25x:serialcomm=9600/8n1" },
  vc870: { driver: "voltcraft-vc870-ser:serialcomm=9600/8n1" },
  vc96: { driver: "voltcraft-vc96:serialcomm=1200/8n1" },
  bm85x: { driver: "brymen-bm857:serialcomm=9600/8n1", answer: (_, frame) => octets(frame) },
  metex14: { driver: "metex-m3640d:serialcomm=1200/8n1", answer: (_, frame) => octets(frame) },
  metex4x14: { driver: "metex-m3860m:serialcomm=9600/8n1", answer: (_, frame) => octets(frame) },
  fluke18x: {
    driver: "fluke-dmm:serialcomm=9600/8n1",
    answer: fluke("FLUKE 189, V2.02,0085510167"),
    reading: "QM",
  },
  fluke28x: {
    driver: "fluke-dmm:serialcomm=115200/8n1",
    answer: fluke("FLUKE 289,V1.16,95081087"),
    reading: "QM",
  },
  fluke45: {
    driver: "fluke-45:serialcomm=9600/8n1",
    answer: (command, frame) =>
      command === "MOD?" ? `${line(frame, 2) ?? "0"}\r\n` : fluke45(command, frame),
    reading: "VAL1?",
  },
  scpi: {
    driver: "scpi-dmm:serialcomm=9600/8n1",
    answer: answering(
      "\r\n",
      { "*IDN?": "HEWLETT-PACKARD,34401A,0,11-5-2", "*OPC?": "1" },
      { "CONF?": 0, "READ?": 1 },
    ),
    reading: "READ?",
  },
  "agilent-u12xx": {
    driver: "agilent-dmm:serialcomm=9600/8n1",
    answer(command, frame) {
      // Its second and third display show nothing.
      if (command.includes(" @")) return command.startsWith("CONF") ? '"V,2,DC"\r\n' : "+9.90000000E+37\r\n";
      return agilent(command, frame);
    },
    // Asked anew once a second, and the readings beside it.
    reading: "CONF?",
  },
};
