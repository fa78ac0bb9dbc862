import type { ImageEntry } from '../contracts/image.ts'

export const KUBE_PROXY_IMAGES: readonly ImageEntry[] = [
  {
    names: ['registry.k8s.io/kube-proxy', 'k8s.gcr.io/kube-proxy'],
    entrypoint: [],
    cmd: ['/usr/local/bin/kube-proxy'],
  },
]
