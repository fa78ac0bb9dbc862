import { refOf } from '../api/kinds/ref-of.ts'
import type { ApiObject } from '../api/kinds/types.ts'
import { MS, SEC } from '../base/time.ts'
import { type EventKind, eventKind } from '../sim/sim.ts'
import type { MachineSpec, NicSpec } from '../agents/contracts/node-env.ts'
import { bootMachine } from '../agents/machine/machine.ts'
import type { Lab } from './lab.ts'
import { addEntry } from './script.ts'
import type { HostSpec, InterfaceSpec, LabSpec, RouterSpec } from './spec.ts'

/** Power is switched on. */
export const BOOT: EventKind<null> = eventKind('lab.boot')
/** The API server answers. */
export const API_READY: EventKind<null> = eventKind('lab.api-ready')
/** `kubectl apply` of the lab's objects: the namespaces first, the rest once their service accounts are there. */
export const APPLY: EventKind<{ readonly namespaces: boolean }> = eventKind('lab.apply')

/** From power on to a listening API server: a figure of the model. */
const API_START = SEC
const APPLY_DELAY = 100 * MS

export function powerOn(lab: Lab): void {
  for (const { name, cidr, mtu } of lab.spec.fabric.networks) lab.fabric.addNetwork(name, cidr, mtu)
  for (const spec of machinesOf(lab.spec)) bootMachine(lab.nodeEnv, spec)
  if (lab.spec.cluster) lab.sim.after(API_START, API_READY, null)
  for (const entry of lab.spec.script) addEntry(lab, entry)
}

export function apiReady(lab: Lab): void {
  lab.api.start()
  lab.startControlPlane()
  for (const spec of machinesOf(lab.spec)) lab.startNode(spec)
  lab.sim.after(APPLY_DELAY, APPLY, { namespaces: true })
}

/** Applies the bundled add-ons and the document's objects, in order, as a person with kubectl would. */
export function applyObjects(lab: Lab, namespaces: boolean): void {
  for (const object of lab.objects) if ((object.kind === 'Namespace') === namespaces) applyObject(lab, object)
  if (namespaces) lab.sim.after(APPLY_DELAY, APPLY, { namespaces: false })
}

/** `kubectl apply` of one object; what the API server refuses is kept as a row for whoever shows the lab. */
export function applyObject(lab: Lab, object: ApiObject): void {
  const answer = lab.apply(object)
  const ref = refOf(object)
  if (!answer.ok) lab.world.put(lab.refusals, ref, { ref, message: answer.error.message })
  else lab.world.delete(lab.refusals, ref)
}

/** Every machine of the fabric: routers first, so that nothing waits for them. */
export function machinesOf(spec: LabSpec): MachineSpec[] {
  return [
    ...spec.fabric.routers.map((router) => routerSpec(spec, router)),
    ...spec.fabric.hosts.map((host) => hostSpec(spec, host)),
  ]
}

function hostSpec(spec: LabSpec, host: HostSpec): MachineSpec {
  const { name, role, gateway, labels, taints, milliCpu, memory } = host
  return { name, role, nics: nicsOf(spec, name, host.interfaces), gateway, labels, taints, milliCpu, memory }
}

const routerSpec = (spec: LabSpec, router: RouterSpec): MachineSpec => ({
  name: router.name,
  role: 'router',
  nics: nicsOf(spec, router.name, router.interfaces),
  gateway: null,
  routes: router.routes,
})

function nicsOf(spec: LabSpec, machine: string, interfaces: readonly InterfaceSpec[]): NicSpec[] {
  return interfaces.map(({ network, address, mtu }): NicSpec => {
    const { len } = spec.fabric.networks.find((each) => each.name === network)!.cidr
    const link = spec.fabric.links.find((each) => each.machine === machine && each.network === network)
    if (!link) return { network, address, len, mtu }
    // A delay of 0 in the document means: the fabric's own default.
    const delay = link.delay === 0 ? undefined : link.delay
    return { network, address, len, mtu, cable: { delay, rate: link.rate, loss: link.loss, mtu: link.mtu } }
  })
}
