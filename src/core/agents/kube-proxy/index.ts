import type { ImageEntry } from '../contracts/image.ts'
import { binary } from '../contracts/node-files.ts'

export { kubeProxyProgram } from './kube-proxy.ts'
export type { KubeProxyEnv } from './state.ts'

export const KUBE_PROXY_IMAGES: readonly ImageEntry[] = [
  {
    names: ['registry.k8s.io/kube-proxy', 'k8s.gcr.io/kube-proxy', 'rancher/mirrored-kube-proxy'],
    entrypoint: ['/usr/local/bin/kube-proxy'],
    cmd: [],
    listens: () => [10256],
    files: { '/usr/local/bin/kube-proxy': binary('kube-proxy') },
  },
]
