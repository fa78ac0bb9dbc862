import type { SimTime } from '../../base/time.ts'
import { type Json, get, objectIn, objectsIn, textIn } from '../kinds/json.ts'
import { formatSelector } from '../kinds/selector.ts'
import type {
  ApiObject,
  ConfigMap,
  Container,
  DaemonSet,
  Deployment,
  Event,
  LabelSelector,
  Lease,
  Namespace,
  ReplicaSet,
  Secret,
  StringMap,
} from '../kinds/types.ts'
import { ageOf } from './age.ts'
import { endpointSliceColumns, endpointsColumns, serviceColumns } from './columns-service.ts'
import { nodeColumns } from './columns-node.ts'
import { podColumns } from './columns-pod.ts'
import type { Column } from './table.ts'

/** The cells of one kind (k8s pkg/printers/internalversion/printers.go). */
export interface KindColumns {
  readonly columns: readonly Column[]
  cells(object: ApiObject, now: SimTime, wide: boolean): readonly (string | number)[]
}

export const columnsOf = (...names: readonly string[]): Column[] =>
  names.map((name) => (name.startsWith('*') ? { name: name.slice(1), wide: true } : { name }))

const kind = <T extends ApiObject>(
  names: readonly string[],
  cells: (object: T, age: string, now: SimTime) => readonly (string | number)[],
): KindColumns => ({
  columns: columnsOf(...names),
  cells: (object, now) => cells(object as T, ageOf(object.metadata.creationTimestamp, now), now),
})

const containerNames = (list: readonly Container[] | undefined): string => (list ?? []).map((c) => c.name).join(',')
const containerImages = (list: readonly Container[] | undefined): string =>
  (list ?? []).map((c) => c.image ?? '').join(',')
const selectorText = (selector: LabelSelector | undefined): string => (selector ? formatSelector(selector) : '<none>')

/** `a=b,c=d` in the order of the keys, `<none>` when empty. */
export const mapText = (map: StringMap | undefined): string => formatSelector({ matchLabels: map ?? {} })

const KINDS: Readonly<Record<string, KindColumns>> = {
  Pod: podColumns,
  Service: serviceColumns,
  Endpoints: endpointsColumns,
  EndpointSlice: endpointSliceColumns,
  Deployment: kind<Deployment>(
    ['Name', 'Ready', 'Up-to-date', 'Available', 'Age', '*Containers', '*Images', '*Selector'],
    (d, age) => {
      const status = d.status ?? {}
      const containers = d.spec.template.spec.containers
      const ready = `${status.readyReplicas ?? 0}/${d.spec.replicas ?? 1}`
      return [
        d.metadata.name,
        ready,
        status.updatedReplicas ?? 0,
        status.availableReplicas ?? 0,
        age,
        containerNames(containers),
        containerImages(containers),
        selectorText(d.spec.selector),
      ]
    },
  ),
  ReplicaSet: kind<ReplicaSet>(
    ['Name', 'Desired', 'Current', 'Ready', 'Age', '*Containers', '*Images', '*Selector'],
    (r, age) => {
      const containers = r.spec.template?.spec.containers
      return [
        r.metadata.name,
        r.spec.replicas ?? 1,
        r.status?.replicas ?? 0,
        r.status?.readyReplicas ?? 0,
        age,
        containerNames(containers),
        containerImages(containers),
        selectorText(r.spec.selector),
      ]
    },
  ),
  DaemonSet: kind<DaemonSet>(
    [
      'Name',
      'Desired',
      'Current',
      'Ready',
      'Up-to-date',
      'Available',
      'Node Selector',
      'Age',
      '*Containers',
      '*Images',
      '*Selector',
    ],
    (d, age) => {
      const s = d.status
      const pod = d.spec.template.spec
      const counts = [
        s?.desiredNumberScheduled,
        s?.currentNumberScheduled,
        s?.numberReady,
        s?.updatedNumberScheduled,
        s?.numberAvailable,
      ]
      return [
        d.metadata.name,
        ...counts.map((n) => n ?? 0),
        mapText(pod.nodeSelector),
        age,
        containerNames(pod.containers),
        containerImages(pod.containers),
        selectorText(d.spec.selector),
      ]
    },
  ),
  Node: nodeColumns,
  Namespace: kind<Namespace>(['Name', 'Status', 'Age'], (n, age) => [n.metadata.name, n.status?.phase ?? '', age]),
  ConfigMap: kind<ConfigMap>(['Name', 'Data', 'Age'], (c, age) => [
    c.metadata.name,
    count(c.data) + count(c.binaryData),
    age,
  ]),
  Secret: kind<Secret>(['Name', 'Type', 'Data', 'Age'], (s, age) => [
    s.metadata.name,
    s.type ?? '',
    count(s.data),
    age,
  ]),
  ServiceAccount: kind(['Name', 'Secrets', 'Age'], (s, age) => [
    s.metadata.name,
    objectsIn(s as Json, 'secrets').length,
    age,
  ]),
  Lease: kind<Lease>(['Name', 'Holder', 'Age'], (l, age) => [l.metadata.name, l.spec?.holderIdentity ?? '', age]),
  Event: kind<Event>(
    ['Last Seen', 'Type', 'Reason', 'Object', '*Subobject', '*Source', 'Message', '*First Seen', '*Count', '*Name'],
    eventCells,
  ),
  Role: kind(['Name', 'Created At'], (r) => [r.metadata.name, r.metadata.creationTimestamp ?? '']),
  ClusterRole: kind(['Name', 'Created At'], (r) => [r.metadata.name, r.metadata.creationTimestamp ?? '']),
  RoleBinding: kind(['Name', 'Role', 'Age', '*Users', '*Groups', '*ServiceAccounts'], bindingCells),
  ClusterRoleBinding: kind(['Name', 'Role', 'Age', '*Users', '*Groups', '*ServiceAccounts'], bindingCells),
  CustomResourceDefinition: kind(['Name', 'Created At'], (r) => [r.metadata.name, r.metadata.creationTimestamp ?? '']),
  PriorityClass: kind(['Name', 'Value', 'Global-Default', 'Age', 'PreemptionPolicy'], (p, age) => [
    p.metadata.name,
    Number(p.value ?? 0),
    p.globalDefault === true ? 'true' : 'false',
    age,
    textIn(p, 'preemptionPolicy'),
  ]),
  NetworkPolicy: kind(['Name', 'Pod-Selector', 'Age'], (n, age) => [
    n.metadata.name,
    formatSelector(objectIn(objectIn(n as Json, 'spec'), 'podSelector')),
    age,
  ]),
}

const count = (map: StringMap | undefined): number => Object.keys(map ?? {}).length

function eventCells(event: Event, _age: string, now: SimTime): readonly (string | number)[] {
  const first = ageOf(event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp, now)
  const last = event.lastTimestamp ? ageOf(event.lastTimestamp, now) : first
  const target = event.involvedObject
  const object = `${(target.kind ?? '').toLowerCase()}/${target.name ?? ''}`
  const component = event.source?.component ?? event.reportingComponent ?? ''
  const source = event.source?.host ? `${component}, ${event.source.host}` : component
  return [
    last,
    event.type ?? '',
    event.reason ?? '',
    object,
    target.fieldPath ?? '',
    source,
    (event.message ?? '').trim(),
    first,
    event.count ?? 1,
    event.metadata.name,
  ]
}

function bindingCells(binding: ApiObject, age: string): readonly (string | number)[] {
  const role = objectIn(binding, 'roleRef')
  const names = (subjectKind: string): string =>
    objectsIn(binding as Json, 'subjects')
      .filter((subject) => get(subject, 'kind') === subjectKind)
      .map(
        (subject) =>
          (subjectKind === 'ServiceAccount' ? `${String(get(subject, 'namespace'))}/` : '') +
          String(get(subject, 'name')),
      )
      .join(', ')
  const ref = `${textIn(role, 'kind')}/${textIn(role, 'name')}`
  return [binding.metadata.name, ref, age, names('User'), names('Group'), names('ServiceAccount')]
}

const FALLBACK = kind(['Name', 'Age'], (object, age) => [object.metadata.name, age])

/** The columns of a kind; a kind without its own gets name and age, as custom resources do. */
export const kindColumns = (name: string): KindColumns => (Object.hasOwn(KINDS, name) ? KINDS[name]! : FALLBACK)
