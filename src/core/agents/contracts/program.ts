/** Programs as agents see them: the kernel's own interface, and which of them an image holds. */
export type {
  ArpHeard,
  Ctx,
  Datagram,
  Endpoint,
  IcmpErrorReport,
  IcmpReply,
  Program,
  ProgramEvent,
  Signal,
  SocketFd,
  SocketOptions,
  SpawnOptions,
  SyscallError,
} from '../../kernel/process/program.ts'
export { SIGNAL_NUMBER } from '../../kernel/process/program.ts'
export type { ImageEntry, ResolvedImage } from './image.ts'
