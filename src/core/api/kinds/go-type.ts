import type { TypeNode } from '../schema/schema.ts'

/** Go's names for the string types of the API, where they are not `string`: they appear in the decoder's error texts. */
const NAMED: Readonly<Record<string, string>> = {
  'ServicePort.protocol': 'v1.Protocol',
  'ContainerPort.protocol': 'v1.Protocol',
  'EndpointPort.protocol': 'v1.Protocol',
  'ServiceSpec.type': 'v1.ServiceType',
  'ServiceSpec.sessionAffinity': 'v1.ServiceAffinity',
  'ServiceSpec.externalTrafficPolicy': 'v1.ServiceExternalTrafficPolicy',
  'ServiceSpec.internalTrafficPolicy': 'v1.ServiceInternalTrafficPolicy',
  'ServiceSpec.ipFamilyPolicy': 'v1.IPFamilyPolicy',
  'ServiceSpec.ipFamilies': 'v1.IPFamily',
  'Container.imagePullPolicy': 'v1.PullPolicy',
  'Container.restartPolicy': 'v1.ContainerRestartPolicy',
  'Container.terminationMessagePolicy': 'v1.TerminationMessagePolicy',
  'PodSpec.restartPolicy': 'v1.RestartPolicy',
  'PodSpec.dnsPolicy': 'v1.DNSPolicy',
  'HTTPGetAction.scheme': 'v1.URIScheme',
  'Taint.effect': 'v1.TaintEffect',
  'Toleration.effect': 'v1.TaintEffect',
  'Toleration.operator': 'v1.TolerationOperator',
  'LabelSelectorRequirement.operator': 'v1.LabelSelectorOperator',
  'NodeSelectorRequirement.operator': 'v1.NodeSelectorOperator',
  'EndpointSlice.addressType': 'v1.AddressType',
  'DeploymentStrategy.type': 'v1.DeploymentStrategyType',
  'DaemonSetUpdateStrategy.type': 'v1.DaemonSetUpdateStrategyType',
  'ObjectMeta.uid': 'types.UID',
  'OwnerReference.uid': 'types.UID',
  'Secret.type': 'v1.SecretType',
}

/** A struct's Go name: `discovery.EndpointPort` is `EndpointPort`. */
export const goStruct = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** The Go type of a field as `json: cannot unmarshal … of type …` names it. Pointers do not show. */
export function goType(type: TypeNode, struct: string, field: string): string {
  switch (type.kind) {
    case 'string':
    case 'enum':
      return NAMED[`${goStruct(struct)}.${field}`] ?? 'string'
    case 'boolean':
      return 'bool'
    case 'double':
      return 'float64'
    case 'intOrString':
      return 'int32'
    case 'quantity':
      return 'resource.Quantity'
    case 'bytes':
      return '[]uint8'
    case 'time':
    case 'microTime':
      return 'string'
    case 'any':
      return 'interface {}'
    case 'struct':
      return `v1.${goStruct(type.name)}`
    case 'list':
      return `[]${goType(type.item, struct, field)}`
    case 'map':
      return type.value.kind === 'quantity' ? 'v1.ResourceList' : `map[string]${goType(type.value, struct, field)}`
    default:
      return type.kind
  }
}
