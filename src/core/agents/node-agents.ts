import { CNI_PLUGINS } from './cni/plugins.ts'
import type { CniPlugin } from './contracts/cni.ts'
import type { ImageEntry } from './contracts/image.ts'
import { type MachineSpec, type NodeEnv, isNode } from './contracts/node-env.ts'
import type { ProgramWatches } from './contracts/program-watch.ts'
import type { Program } from './contracts/program.ts'
import { CONTROL_PLANE_IMAGES, CONTROL_PLANE_PROGRAMS } from './control-plane/control-plane.ts'
import { cp } from './coreutils/cp.ts'
import { flanneld } from './flannel/flannel.ts'
import { FLANNEL_IMAGES } from './flannel/images.ts'
import type { FlannelEnv } from './flannel/state.ts'
import { KUBE_PROXY_IMAGES, kubeProxyProgram } from './kube-proxy/index.ts'
import type { Kubelets } from './kubelet/context.ts'
import { createKubelets, startKubelet } from './kubelet/kubelet.ts'
import { probeProgram } from './kubelet/probe-program.ts'
import { installMachines } from './machine/boot.ts'

/** Images of what runs on nodes: flannel, kube-proxy, the control plane. */
export const NODE_IMAGES: readonly ImageEntry[] = [...FLANNEL_IMAGES, ...KUBE_PROXY_IMAGES, ...CONTROL_PLANE_IMAGES]

export const NODE_CNI_PLUGINS: readonly CniPlugin[] = CNI_PLUGINS

/** The programs that these images and the kubelet start. To be given to `createProcessLayer`. */
export const nodePrograms = (env: FlannelEnv): readonly Program[] => [
  flanneld(env),
  kubeProxyProgram(env),
  probeProgram,
  cp,
  ...CONTROL_PLANE_PROGRAMS,
]

export interface NodeAgents {
  readonly kubelets: Kubelets
  /** Switches a machine on, as an event; on nodes the kubelet follows. */
  boot(spec: MachineSpec): void
}

/** Registers everything that lives on nodes with the simulation. Once per lab, after the processes. */
export function installNodeAgents(env: NodeEnv, watches: ProgramWatches): NodeAgents {
  watches.connect(env.processes)
  const kubelets = createKubelets(env)
  const machines = installMachines(env, (spec, netns) => {
    if (isNode(spec)) startKubelet(kubelets, spec, netns)
  })
  return { kubelets, boot: machines.boot }
}
