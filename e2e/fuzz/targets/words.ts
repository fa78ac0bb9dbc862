import { parseCidr } from '../../../src/core/base/cidr.ts'
import { parseMac } from '../../../src/core/base/mac.ts'
import { canonicalQuantity, formatQuantity, milliValue, parseQuantity } from '../../../src/core/api/kinds/quantity.ts'
import { formatSelector, matchesSelector, parseSelector } from '../../../src/core/api/kinds/selector.ts'
import type { ApiObject } from '../../../src/core/api/kinds/types.ts'
import { printCustomColumns } from '../../../src/core/api/print/custom-columns.ts'
import { printJsonPath } from '../../../src/core/api/print/jsonpath.ts'
import { matchesFields } from '../../../src/core/api/store/field-selector.ts'
import { parseGoDuration } from '../../../src/core/agents/kube-proxy/duration.ts'
import { parseUrl } from '../../../src/core/agents/toolbox/http/url.ts'
import { parseIpv6 } from '../../../src/core/wire/ipv6.ts'
import { parsePlace } from '../../../src/scenario/place.ts'
import {
  formatDuration,
  isDomain,
  isLabelKey,
  isLabelValue,
  parseDuration,
  parseRate,
  parseQuantity as parseCount,
} from '../../../src/scenario/values.ts'
import { type Target, kindOf } from '../target.ts'

const POD: ApiObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', labels: { app: 'web', tier: 'front' } },
  spec: {
    nodeName: 'node1',
    containers: [{ name: 'c', image: 'nginx', ports: [{ containerPort: 80 }, { containerPort: 81 }] }],
  },
  status: { phase: 'Running', podIP: '10.244.1.3', conditions: [{ type: 'Ready', status: 'True' }] },
}
const LIST = { kind: 'List', items: [POD, { ...POD, metadata: { name: 'b' } }] }

export const jsonpaths: Target = {
  name: 'jsonpath',
  about: 'JSONPath templates and custom columns of kubectl',
  dictionary: [
    '{',
    '}',
    '{.',
    '{range ',
    '{end}',
    '[*]',
    '[0]',
    '[-1]',
    '[0:2:1]',
    '[::0]',
    '[::-1]',
    '[0,1]',
    '..',
    '.items',
    '.metadata.name',
    '["a.b"]',
    "['x']",
    '[?(@.a=="b")]',
    '[?(@.a)]',
    '==',
    '!=',
    '>=',
    '&&',
    '||',
    '@',
    '$',
    '{"\\n"}',
    "{'\\t'}",
    '\\.',
    '\\',
    '"',
    "'",
    '`',
    ',',
    ':',
    'NAME:',
    '.metadata.labels.app',
    '(',
    ')',
  ],
  seeds: () => [
    '{.items[*].metadata.name}',
    '{range .items[*]}{.metadata.name}{"\\t"}{.status.podIP}{"\\n"}{end}',
    '{.items[?(@.status.phase=="Running")].spec.containers[0].image}',
    '{..name}',
    '{.items[0:2:1]["metadata","kind"]}',
    '{$.items[-1:].metadata.labels.app\\.x}',
    'NAME:.metadata.name,IP:.status.podIP',
    '.items[0]',
    '{.a.b.c}',
  ],
  limit: 8192,
  run(input) {
    const printed = printJsonPath(input, LIST)
    const columns = printCustomColumns(input, [POD])
    return `${printed.ok ? printed.value.length > 0 : kindOf(printed.error.message.split(', ').at(-1)!)} ${JSON.stringify(columns).slice(0, 30)}`
  },
}

export const words: Target = {
  name: 'words',
  about: 'label and field selectors, quantities, durations, rates, addresses, places, URLs',
  dictionary: [
    '=',
    '==',
    '!=',
    ',',
    ' in (',
    ' notin (',
    ')',
    '!',
    'app',
    'web',
    '>',
    '<',
    'Ki',
    'Mi',
    'Gi',
    'Ei',
    'm',
    'k',
    'u',
    'n',
    'e3',
    'E',
    '1e',
    '.5',
    '+',
    '-',
    'ms',
    'us',
    'ns',
    'h',
    'bit',
    'Gbit',
    'kbit',
    '/',
    '.',
    ':',
    '::',
    '10.244.0.0/16',
    '/33',
    'pod/',
    'deploy/',
    'node/',
    'http://',
    '@',
    '?',
    '#',
    '%',
    '[',
    ']',
    'status.phase',
    'metadata.name',
    'spec.nodeName',
    'µs',
  ],
  seeds: () => [
    'app=web,tier in (a, b),!x',
    'tier notin (db),app',
    'status.phase=Running,spec.nodeName!=node1',
    '100m',
    '1.5Gi',
    '12e6',
    '0.000000001',
    '-3Ki',
    '1h2m3.5s',
    '5ms',
    '100us',
    '1Gbit',
    '10.244.0.0/16',
    '02:00:00:00:00:01',
    'fe80::1%eth0',
    'pod/default/client/c',
    'http://user@web:80/a?b#c',
    'kubernetes.io/hostname',
    'web.default.svc.cluster.local',
  ],
  limit: 8192,
  run(input) {
    const selector = parseSelector(input)
    if (selector.ok) {
      matchesSelector(selector.value, POD.metadata.labels)
      const again = parseSelector(formatSelector(selector.value))
      if (formatSelector(selector.value) !== '<none>' && !again.ok)
        throw new Error(`a selector that prints as ${formatSelector(selector.value).slice(0, 80)} does not parse`)
    }
    matchesFields(input, POD)
    const quantity = parseQuantity(input)
    if (quantity) {
      const text = formatQuantity(quantity)
      const again = parseQuantity(text)
      if (!again) throw new Error(`a quantity that prints as ${text.slice(0, 80)} does not parse`)
      if (formatQuantity(again) !== text) throw new Error(`${text.slice(0, 80)} prints differently the second time`)
    }
    canonicalQuantity(input)
    milliValue(input)
    const duration = parseDuration(input)
    if (duration !== null && parseDuration(formatDuration(duration)) !== duration)
      throw new Error(`${duration} ns as ${formatDuration(duration)} does not come back`)
    const rest = [
      parseGoDuration(input),
      parseRate(input),
      parseCount(input),
      parseCidr(input),
      parseMac(input),
      parseIpv6(input),
      parsePlace(input),
    ].map((each) => each !== null)
    const url = parseUrl(input)
    return `${selector.ok || kindOf(selector.error.message)} ${quantity !== null} ${duration !== null} ${rest.join()} ${url.ok} ${isDomain(input)} ${isLabelKey(input)} ${isLabelValue(input)}`
  },
}
