import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import type { Page } from '@playwright/test'
import { encodeShare } from '../../src/scenario/share/encode.ts'
import { LabPage } from './lab-page.ts'
import { expect, test } from './test.ts'

const share = async (view: LabPage): Promise<string> => {
  await view.page.getByRole('button', { name: 'Share' }).click()
  const link = view.page.getByTestId('share-link')
  await expect(link).toHaveValue(/#lab=/)
  return link.inputValue()
}

test('a link holds the lab and the moment, and making it sends nothing', async ({ page, context, lab }) => {
  const view = await LabPage.open(page, lab)
  await view.stepTo(/rewrites the destination/)
  const [cursor, sentence] = [await view.cursor(), await view.sentence()]
  // Parts of the page may still be loading, such as the editor and its font; what else is asked for from here on is not.
  const parts = ['script', 'stylesheet', 'font']
  const requests: string[] = []
  page.on('request', (request) => {
    if (!parts.includes(request.resourceType())) requests.push(request.url())
  })
  const stored = await storage(page)
  const link = await share(view)
  expect(link.length).toBeLessThan(2000)
  expect(requests).toEqual([])
  expect(await storage(page)).toEqual(stored)

  const other = await context.newPage()
  const opened = await LabPage.open(other, link)
  expect(await opened.sentence()).toBe(sentence)
  expect(await opened.cursor()).toBe(cursor)
  expect(await opened.picture()).not.toBe('')
})

const storage = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const names = (await indexedDB.databases()).map(({ name }) => name)
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, names])
  })

const BUNDLED = readFileSync(join(import.meta.dirname, '../../public/labs/flannel-vxlan.yaml'), 'utf8')
const BYTES = (text: string): string => Buffer.from(text, 'latin1').toString('base64url')
const BROKEN = [
  { what: 'empty', hash: '#lab=', says: /nothing|empty|no lab/i },
  { what: 'not base64', hash: '#lab=a*b', says: /character/i },
  { what: 'made by a later version', hash: `#lab=${BYTES('\x63\0\0\0\0aaaaaaaa')}`, says: /newer|later|version/i },
  { what: 'damaged', hash: `#lab=${BYTES('\x01abcd\x05\x05hello')}`, says: /damaged|checksum|changed|altered/i },
] as const

test('links that do not open say why, and the default lab opens', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  const whole = new URL(await share(view)).hash
  const links = [
    ...BROKEN,
    { what: 'cut off', hash: whole.slice(0, Math.ceil(whole.length * 0.7)), says: /cut|complete|missing|truncated/i },
  ]
  for (const { what, hash, says } of links) {
    await page.goto('about:blank')
    const opened = await LabPage.open(page, lab + hash)
    await expect(page.locator('.banner'), what).toContainText(says)
    await expect(page.getByRole('button', { name: 'Lab: flannel-vxlan' }), what).toBeVisible()
    await expect(opened.pods('web'), what).toHaveCount(3)
  }
})

test('links pasted one after another: the last that opens is there, and what one of them had to say goes with it', async ({
  page,
  lab,
}) => {
  const view = await LabPage.open(page, lab)
  const good = (cursor: number): string => `#${encodeShare({ text: BUNDLED.replaceAll('10.244.', '10.42.'), cursor })}`
  await page.evaluate(
    ([first, second]) => {
      location.hash = first!
      setTimeout(() => (location.hash = second!), 20)
    },
    [good(1600), '#lab=a*b'],
  )
  await expect(page.locator('.banner')).toContainText(/character/i)
  await expect.poll(() => view.cursor()).toBe(1600)
  await page.evaluate((hash) => (location.hash = hash), good(1700))
  await expect.poll(() => view.cursor()).toBe(1700)
  await expect(page.locator('.banner')).toBeHidden()

  // A link that will not open says so where it is made.
  await view.rewrite('kind: [')
  await page.getByRole('button', { name: 'Share' }).click()
  await expect(view.dialog.getByRole('alert')).toContainText('errors')
})

test('of two labs chosen one after the other the last opens, however slow the first; one that cannot be read is said', async ({
  page,
  lab,
  offences,
}) => {
  const view = await LabPage.open(page, lab)
  const choose = async (name: string): Promise<void> => {
    await page.getByRole('button', { name: /^Lab:/ }).click()
    await view.dialog.getByRole('button', { name }).click()
    await expect(view.dialog).toBeHidden()
  }
  let release = (): void => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  await page.route('**/labs/nodeport.yaml', async (route) => {
    await released
    await route.continue()
  })
  await choose('NodePort')
  await choose('Two hosts and a router')
  await expect(page.getByRole('button', { name: 'Lab: plain-network' })).toBeVisible()
  const arrived = page.waitForResponse('**/labs/nodeport.yaml')
  release()
  await arrived
  await page.route('**/labs/two-racks.yaml', (route) => route.abort())
  await choose('Two racks')
  await expect(page.locator('.banner')).toContainText(/does not load.*fetch/)
  await expect(page.getByRole('button', { name: 'Lab: plain-network' })).toBeVisible()
  offences.errors.splice(0)
})

test('a bomb in a link is refused at once', async ({ page, lab }) => {
  const bomb = deflateRawSync(Buffer.alloc(200_000_000), { level: 9 })
  const size = (value: number): number[] =>
    value > 127 ? [(value % 128) | 128, ...size(Math.floor(value / 128))] : [value]
  const said = (length: number): string =>
    Buffer.from([1, 1, 2, 3, 4, ...size(length), ...size(bomb.length), ...bomb]).toString('base64url')
  for (const length of [200_000_000, 1000]) {
    await page.goto('about:blank')
    await LabPage.open(page, `${lab}#lab=${said(length)}`)
    await expect(page.locator('.banner')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Lab: flannel-vxlan' })).toBeVisible()
  }
})

for (const [whose, text] of [
  ['a bundled lab', BUNDLED],
  ['a lab of one’s own', BUNDLED.replaceAll('10.244.', '10.42.')],
] as const)
  test(`${whose} appears as it stays: no other moment of it is seen, and nothing moves`, async ({ page, lab }) => {
    await page.addInitScript(() => {
      const seen: string[] = []
      Reflect.set(globalThis, 'seen', seen)
      const look = (): void => {
        const picture = document.querySelector<HTMLElement>('.react-flow__viewport')
        const nodes = [...document.querySelectorAll<HTMLElement>('.react-flow__node')].map(
          ({ style }) => style.transform,
        )
        const now = [picture?.style.transform, ...nodes].join(' ')
        if (nodes.length > 0 && seen.at(-1) !== now) seen.push(now)
        requestAnimationFrame(look)
      }
      look()
    })
    await page.goto(`${lab}#${encodeShare({ text, cursor: 1600 })}`)
    await new LabPage(page).sentence()
    await expect(page.locator('.monaco-editor').first()).toBeVisible()
    expect(await page.evaluate(() => Reflect.get(globalThis, 'seen') as string[])).toHaveLength(1)
  })

const HOSTILE = `apiVersion: hopscope.dev/v1alpha1
kind: Lab
metadata:
  name: "<img src=x onerror=document.title='owned'>"
spec:
  seed: 1
  fabric:
    networks:
      - {name: constructor, cidr: 10.0.0.0/24}
    hosts:
      - {name: __proto__, role: host, interfaces: [{network: constructor, address: 10.0.0.1}]}
      - {name: tostring, role: host, interfaces: [{network: constructor, address: 10.0.0.2}]}
  script:
    - {at: settled, in: host/tostring, run: "echo '<script>document.title=1</script>'; ping -c 1 10.0.0.1"}
  view: {__proto__: {polluted: true}, positions: {__proto__: {x: 1, y: 2}}}
`

test('names and keys in a link are text, whatever they are', async ({ page, lab }) => {
  await page.goto(`${lab}#${encodeShare({ text: HOSTILE, cursor: null })}`)
  // Either the lab is refused, with its reasons, or it opens: nothing in it becomes code or pollutes anything.
  await expect(page.getByTestId('narration').or(page.locator('.banner')).first()).toBeVisible()
  await new LabPage(page).sentence()
  await expect(page).toHaveTitle(/Hopscope/)
  expect(await page.evaluate(() => Reflect.get({}, 'polluted'))).toBeUndefined()
  expect(await page.evaluate(() => document.querySelectorAll('img[src="x"]').length)).toBe(0)
})

test('scripts in names and in output render as text', async ({ page, lab }) => {
  const text = HOSTILE.replace(/"<img.*"/, 'scripts')
    .replace('__proto__, role', 'valueof, role')
    .replace(/^ {2}view.*\n/m, '')
  await page.goto(`${lab}#${encodeShare({ text, cursor: null })}`)
  const view = new LabPage(page)
  await view.sentence()
  await view.stepTo(/<script>/)
  await expect(page).toHaveTitle(/Hopscope/)
  expect(await page.evaluate(() => document.querySelectorAll('img[src="x"]').length)).toBe(0)
})
