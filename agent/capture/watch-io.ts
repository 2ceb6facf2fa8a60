import { getServers } from "node:dns";
import type { AgentIo } from "../io/io.ts";
import type { RtpSocket } from "../io/rtp/rtp-sender.ts";
import type { StreamSocket } from "../io/stream/stream.ts";
import type { Datagram, UdpSocket } from "../io/udp/udp.ts";
import type { FrameParts } from "./encode-frame.ts";

/** Hears what a probe's own sockets do. */
export interface IoWatcher {
  /** The probe talks to this address, at this port. */
  touched(address: string, port: number): void;
  /** Its socket sent or got this. What the RTP sender's worker sends is not heard. */
  passed(frame: FrameParts): void;
}

/** The same io; the watcher hears of each address before anything goes there. */
export function watchIo(io: AgentIo, watcher: IoWatcher): AgentIo {
  return {
    ...io,
    async openUdp(options) {
      if (options.peer !== undefined) watcher.touched(options.peer.address, options.peer.port);
      return watchUdp(await io.openUdp(options), options.peer, watcher);
    },
    async openStream(options, signal) {
      watcher.touched(options.address, options.port);
      return watchStream(await io.openStream(options, signal), options, watcher);
    },
    openRtp: async (localAddress, localPort) => watchRtp(await io.openRtp(localAddress, localPort), watcher),
    sendRtp(streams, pace, signal, onProgress) {
      for (const { address, port } of streams) watcher.touched(address, port);
      return io.sendRtp(streams, pace, signal, onProgress);
    },
    openSipRecords(server) {
      for (const each of server === undefined ? getServers() : [server])
        watcher.touched(each.replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/^([\d.]+):\d+$/, "$1"), 53);
      return io.openSipRecords(server);
    },
  };
}

/** The part of a socket that says where it is. */
interface Local {
  readonly localAddress: string;
  readonly localPort: number;
}

interface End {
  readonly address: string;
  readonly port: number;
}

const localEnd = ({ localAddress, localPort }: Local): End => ({ address: localAddress, port: localPort });

function watchUdp(socket: UdpSocket, peer: End | undefined, watcher: IoWatcher): UdpSocket {
  return {
    localAddress: socket.localAddress,
    localPort: socket.localPort,
    headerSet: socket.headerSet,
    send(bytes, port, address) {
      const destination = peer ?? { address, port };
      watcher.touched(destination.address, destination.port);
      watcher.passed({ source: localEnd(socket), destination, payload: bytes });
      return socket.send(bytes, port, address);
    },
    listen: (onDatagram, onError) => socket.listen(heard(socket, watcher, onDatagram), onError),
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

function heard(local: Local, watcher: IoWatcher, onDatagram: (datagram: Datagram) => void) {
  return (datagram: Datagram) => {
    const { bytes, address, port } = datagram;
    watcher.passed({ source: { address, port }, destination: localEnd(local), payload: bytes });
    onDatagram(datagram);
  };
}

/** Of TLS it hears what is inside. */
function watchStream(socket: StreamSocket, peer: End, watcher: IoWatcher): StreamSocket {
  const here = localEnd(socket);
  const sent = { source: here, destination: peer };
  const got = { source: peer, destination: here };
  const counts = { sent: 1, got: 1 };
  return {
    localAddress: socket.localAddress,
    localPort: socket.localPort,
    ...(socket.tls === undefined ? {} : { tls: socket.tls }),
    send(bytes) {
      watcher.passed({ ...sent, payload: bytes, sequence: counts.sent });
      counts.sent += bytes.length;
      return socket.send(bytes);
    },
    listen(onBytes, onEnd) {
      socket.listen((bytes) => {
        watcher.passed({ ...got, payload: bytes, sequence: counts.got });
        counts.got += bytes.length;
        onBytes(bytes);
      }, onEnd);
    },
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

function watchRtp(socket: RtpSocket, watcher: IoWatcher): RtpSocket {
  let peer: End | undefined;
  return {
    localAddress: socket.localAddress,
    localPort: socket.localPort,
    connect(address, port) {
      peer = { address, port };
      watcher.touched(address, port);
      return socket.connect(address, port);
    },
    hearOthers: () => socket.hearOthers(),
    listen: (onDatagram, onError) => socket.listen(heard(socket, watcher, onDatagram), onError),
    sendBeside(bytes) {
      if (peer !== undefined) watcher.passed({ source: localEnd(socket), destination: peer, payload: bytes });
      socket.sendBeside(bytes);
    },
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}
