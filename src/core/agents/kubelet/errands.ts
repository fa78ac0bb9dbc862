import { reapProcess, startProcess } from '../../kernel/process/lifecycle.ts'
import { type Kubelets, nodeOf } from './context.ts'
import { hostnameOf } from './pod-files.ts'
import type { ContainerRow, ErrandRow, PodRow } from './tables.ts'

/** Runs a command inside a container for the kubelet (CRI ExecSync). False: there is no such command. */
export function runErrand(
  kl: Kubelets,
  pod: PodRow,
  c: ContainerRow,
  purpose: ErrandRow['purpose'],
  argv: readonly string[],
): boolean {
  return start(kl, pod, c, purpose, {
    host: pod.node,
    netns: pod.sandbox!.netns,
    argv,
    hostname: hostnameOf(pod.pod),
    fs: c.id,
    env: kl.env.processes.t.process.get(c.pid)?.env ?? {},
    container: c.id,
  })
}

/** Runs a command of the kubelet itself on its node. */
export function runOnNode(
  kl: Kubelets,
  pod: PodRow,
  c: ContainerRow,
  purpose: ErrandRow['purpose'],
  argv: readonly string[],
): boolean {
  const { netns } = nodeOf(kl, pod)
  return start(kl, pod, c, purpose, { host: pod.node, netns, argv, hostname: pod.node, fs: pod.node, container: null })
}

type Place = Omit<Parameters<typeof startProcess>[1], 'daemon' | 'subject'>

function start(kl: Kubelets, pod: PodRow, c: ContainerRow, purpose: ErrandRow['purpose'], place: Place): boolean {
  const started = startProcess(kl.env.processes, { ...place, daemon: true, subject: [pod.ref] })
  if (!started.ok) return false
  const row: ErrandRow = { pid: started.value, uid: pod.uid, container: c.name, purpose }
  kl.env.kernel.world.put(kl.t.errand, started.value, row)
  return true
}

/** The errand that an ended process was, with what it printed; both are forgotten. */
export function takeErrand(kl: Kubelets, pid: number): { readonly errand: ErrandRow; readonly output: string } | null {
  const errand = kl.t.errand.get(pid)
  if (!errand) return null
  const rows = kl.env.processes.t.outputByRoot.at(pid).rows()
  const output = rows.map((row) => row.text).join('')
  kl.env.kernel.world.delete(kl.t.errand, pid)
  reapProcess(kl.env.processes, pid)
  return { errand, output }
}
