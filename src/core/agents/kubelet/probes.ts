import { SEC } from '../../base/time.ts'
import type { Container, HttpGetAction, IntOrString, Probe } from '../../api/kinds/types.ts'
import { type EventKind, eventKind } from '../../sim/sim.ts'
import { type Kubelets } from './context.ts'
import { runErrand, runOnNode } from './errands.ts'
import { PROBE_PROGRAM } from './probe-program.ts'
import { type ContainerRow, type ProbeKind, type ProbeRow, containerKey, probeKey, specOf } from './tables.ts'
import { PROBE_START } from './timing.ts'

/** A prober worker's next turn. */
export const PROBE_DUE: EventKind<{ readonly uid: string; readonly container: string; readonly kind: ProbeKind }> =
  eventKind('kubelet.probe')

const KINDS = ['startup', 'readiness', 'liveness'] as const

export const probeOf = (spec: Container, kind: ProbeKind): Probe | undefined =>
  kind === 'startup' ? spec.startupProbe : kind === 'readiness' ? spec.readinessProbe : spec.livenessProbe

/** How often a readiness or startup probe is tried before it no longer keeps the lab from being settled. */
const PATIENT_TRIES = 6

/** Adds the workers of a container that has started. With a startup probe, the others wait for its success. */
export function startProbes(kl: Kubelets, c: ContainerRow, spec: Container): void {
  if (c.kind === 'init') return
  if (spec.startupProbe) return addWorker(kl, c, 'startup', spec.startupProbe)
  startOtherProbes(kl, c, spec)
}

export function startOtherProbes(kl: Kubelets, c: ContainerRow, spec: Container): void {
  if (spec.readinessProbe) addWorker(kl, c, 'readiness', spec.readinessProbe)
  if (spec.livenessProbe) addWorker(kl, c, 'liveness', spec.livenessProbe)
}

function addWorker(kl: Kubelets, c: ContainerRow, kind: ProbeKind, probe: Probe): void {
  const delay = Math.max(PROBE_START, (probe.initialDelaySeconds ?? 0) * SEC)
  const row: ProbeRow = { uid: c.uid, container: c.name, kind, successes: 0, failures: 0, tries: 0, timer: 0 }
  schedule(kl, row, delay)
}

export function schedule(kl: Kubelets, row: ProbeRow, delay: number): void {
  const { uid, container, kind } = row
  const c = kl.t.container.get(containerKey(uid, container))
  const awaited = kind !== 'liveness' && c !== undefined && !c.ready && row.tries < PATIENT_TRIES
  const timer = kl.env.kernel.sim.after(delay, PROBE_DUE, { uid, container, kind }, !awaited)
  kl.env.kernel.world.put(kl.t.probe, probeKey(uid, container, kind), { ...row, timer })
}

export function stopProbes(kl: Kubelets, c: Pick<ContainerRow, 'uid' | 'name'>): void {
  const { world, sim } = kl.env.kernel
  for (const kind of KINDS) {
    const key = probeKey(c.uid, c.name, kind)
    const row = kl.t.probe.get(key)
    if (!row) continue
    if (row.timer !== 0) sim.cancel(row.timer)
    world.delete(kl.t.probe, key)
  }
}

/** Sends a probe: a real request from the node, or a command in the container. What comes of it is told when its process ends. */
export function sendProbe(
  kl: Kubelets,
  args: { readonly uid: string; readonly container: string; readonly kind: ProbeKind },
): string | null {
  const row = kl.t.probe.get(probeKey(args.uid, args.container, args.kind))
  const pod = kl.t.pod.get(args.uid)
  const c = kl.t.container.get(containerKey(args.uid, args.container))
  if (!row || !pod || !c || c.state !== 'running' || !pod.sandbox) return null
  const { world } = kl.env.kernel
  world.put(kl.t.probe, probeKey(row.uid, row.container, row.kind), { ...row, timer: 0, tries: row.tries + 1 })
  const spec = specOf(pod.pod, c)
  const probe = probeOf(spec, args.kind)
  if (!probe) return null
  const command = probe.exec?.command
  if (command) return runErrand(kl, pod, c, args.kind, command) ? null : noSuchFile(command[0] ?? '')
  const argv = requestOf(probe, spec, pod.sandbox.ip)
  return argv === null || runOnNode(kl, pod, c, args.kind, argv) ? null : noSuchFile(argv[0]!)
}

const noSuchFile = (file: string): string =>
  `command timed out: rpc error: exec: "${file}": executable file not found in $PATH: unknown`

/** The arguments of the probe program: kind, address, port, path, Host header, timeout in seconds. */
function requestOf(probe: Probe, spec: Container, podIp: string): readonly string[] | null {
  const timeout = String(probe.timeoutSeconds ?? 1)
  const { httpGet, tcpSocket, grpc } = probe
  if (httpGet) {
    const port = portNumber(httpGet.port, spec)
    const path = httpGet.path ?? '/'
    return [
      PROBE_PROGRAM,
      'http',
      httpGet.host || podIp,
      String(port),
      path.startsWith('/') ? path : `/${path}`,
      hostHeader(httpGet),
      timeout,
    ]
  }
  if (tcpSocket)
    return [PROBE_PROGRAM, 'tcp', tcpSocket.host || podIp, String(portNumber(tcpSocket.port, spec)), '', '', timeout]
  // gRPC health checks are sent as connections only.
  return grpc ? [PROBE_PROGRAM, 'tcp', podIp, String(grpc.port), '', '', timeout] : null
}

const hostHeader = (get: HttpGetAction): string =>
  get.httpHeaders?.find((header) => header.name.toLowerCase() === 'host')?.value ?? ''

function portNumber(port: IntOrString, spec: Container): number {
  if (typeof port === 'number') return port
  const named = spec.ports?.find((candidate) => candidate.name === port)
  return named ? named.containerPort : Number(port) || 0
}
