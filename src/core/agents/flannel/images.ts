import type { ImageEntry } from '../contracts/image.ts'
import { binary } from '../contracts/node-files.ts'

/** Images of flannel-io, and where they are mirrored. */
export const FLANNEL_IMAGES: readonly ImageEntry[] = [
  {
    names: [
      'ghcr.io/flannel-io/flannel',
      'flannel/flannel',
      'quay.io/coreos/flannel',
      'rancher/mirrored-flannel-flannel',
    ],
    entrypoint: ['/opt/bin/flanneld'],
    cmd: [],
    files: { '/opt/bin/flanneld': binary('flanneld') },
  },
  {
    names: [
      'ghcr.io/flannel-io/flannel-cni-plugin',
      'flannel/flannel-cni-plugin',
      'rancher/mirrored-flannelcni-flannel-cni-plugin',
    ],
    entrypoint: [],
    cmd: ['sh'],
    files: { '/flannel': binary('flannel') },
  },
]
