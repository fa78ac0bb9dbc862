import type { CniPlugin } from '../contracts/cni.ts'
import { bridge } from './bridge/bridge.ts'
import { flannelPlugin } from './flannel/flannel.ts'
import { hostLocal } from './host-local/host-local.ts'
import { loopback } from './loopback/loopback.ts'
import { portmap } from './portmap/portmap.ts'

/** Every CNI plugin that the lab knows. A node can run those whose binary is in its /opt/cni/bin. */
export const CNI_PLUGINS: readonly CniPlugin[] = [bridge, flannelPlugin, hostLocal, loopback, portmap]
