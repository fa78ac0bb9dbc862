import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LabPage } from './lab-page.ts'
import { expect, test } from './test.ts'

const DEFAULT = readFileSync(join(import.meta.dirname, '../../public/labs/flannel-vxlan.yaml'), 'utf8')

test('the cluster follows the text when it is applied, and undo is one', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await view.find('replicas: 3')
  await view.retype('replicas: 3', 1, '5')
  await expect(page.getByTestId('dirty')).toBeVisible()
  await expect(view.pods('web')).toHaveCount(3)
  await page.keyboard.press('Control+Enter')
  await expect(page.getByTestId('dirty')).toBeHidden()
  await expect(view.pods('web')).toHaveCount(5)
  await expect(view.dock.getByRole('button', { name: 'Step through what this did' })).toBeVisible()

  await page.keyboard.press('Control+z')
  await view.editorLine('replicas: 3')
  await expect(page.getByTestId('dirty')).toBeVisible()
  await page.keyboard.press('Control+Enter')
  await expect(view.pods('web')).toHaveCount(3)

  await view.dock.getByRole('button', { name: 'Step through what this did' }).click()
  await expect(view.pods('web')).toHaveCount(5)
})

test('a broken text says where, in the API server’s words, and the last good lab runs on', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await view.find('replicas: 3')
  await view.retype('replicas: 3', 1, 'three')
  const problems = page.getByTestId('problems')
  await expect(problems).toContainText(/\d+:13/)
  await expect(problems).toContainText('replicas')
  await expect(problems).toContainText('The lab runs on with the last text that was right')
  await page.keyboard.press('Control+Enter')
  await expect(page.getByTestId('dirty')).toBeVisible()
  await expect(view.pods('web')).toHaveCount(3)
  // Mended, it is not said any longer.
  await view.retype('replicas: three', 5, '4')
  await expect(problems).toBeHidden()
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Control+z')
  await expect(problems).toBeHidden()
  await view.editorLine('replicas: 3')

  await view.retype('replicas: 3', 11, '')
  await page.keyboard.type('{unclosed: ')
  await expect(problems).toContainText(/\d+:\d+/)

  // What only the running lab can tell of its script goes when the script is mended.
  await view.rewrite(DEFAULT.replace('in: pod/default/client', 'in: pod/default/nobody'))
  await page.keyboard.press('Control+Enter')
  await expect(page.locator('.banner')).toContainText('nobody')
  await view.rewrite(DEFAULT)
  await page.keyboard.press('Control+Enter')
  await expect(page.locator('.banner')).toBeHidden()
})

test('fields complete and explain themselves out of the schemas', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  await view.find('image: nginx:1.29')
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await page.keyboard.type('imagePull')
  const suggestions = page.locator('.suggest-widget')
  await expect(suggestions).toContainText('imagePullPolicy')
  await page.keyboard.press('Enter')
  await view.editorLine('imagePullPolicy:')
  await expect(suggestions).toContainText('IfNotPresent')
  await page.keyboard.press('Escape')
  await (await view.editorLine('containerPort')).getByText('containerPort', { exact: true }).hover()
  await expect(page.locator('.monaco-hover:not(.hidden)', { hasText: /port/i }).first()).toBeVisible()
})

test('a dragged machine keeps its place, in the text', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  const node = view.canvas.locator('.host', { hasText: 'laptop' })
  const before = (await node.boundingBox())!
  await page.mouse.move(before.x + before.width / 2, before.y + 14)
  await page.mouse.down()
  await page.mouse.move(before.x + before.width / 2 - 30, before.y - 20, { steps: 4 })
  await page.mouse.move(before.x + before.width / 2 - 60, before.y - 60, { steps: 8 })
  await page.mouse.up()
  const top = async (): Promise<number> => Math.round((await node.boundingBox())!.y)
  expect(await top()).toBeLessThan(before.y - 30)
  await expect(page.getByTestId('dirty')).toBeHidden()
  await view.find('positions')
  await expect.poll(async () => (await view.saved())?.text).toContain('positions')
  await page.reload()
  await view.sentence()
  await view.find('positions')
  expect(await top()).toBeLessThan(before.y - 30)
})

test('undo takes a move back', async ({ page, lab }) => {
  const view = await LabPage.open(page, lab)
  const node = view.canvas.locator('.host', { hasText: 'laptop' })
  await view.canvas
    .getByRole('button', { name: /laptop/ })
    .first()
    .focus()
  const top = async (): Promise<number> => Math.round((await node.boundingBox())!.y)
  const before = await top()
  await page.keyboard.press('Alt+ArrowUp')
  await page.keyboard.press('Alt+ArrowUp')
  await expect.poll(top).toBeLessThan(before)
  await expect(page.getByRole('button', { name: 'Undo' })).toBeEnabled()
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Control+z')
  await expect.poll(top).toBe(before)
  await expect(page.getByTestId('dirty')).toBeHidden()
})

/** Another lab altogether, far shorter than the one that opens first. */
const SHORT = `apiVersion: hopscope.dev/v1alpha1
kind: Lab
metadata: {name: two-hosts}
spec:
  fabric:
    networks:
      - {name: lan, cidr: 10.0.1.0/24}
    hosts:
      - {name: left, role: host, interfaces: [{network: lan, address: 10.0.1.1}]}
      - {name: right, role: host, interfaces: [{network: lan, address: 10.0.1.2}]}
  script:
    - {at: settled, in: host/left, run: "ping -c 1 10.0.1.2"}
`

test('a whole other lab in the editor is another lab on the page, and the map keeps its place', async ({
  page,
  lab,
}) => {
  const view = await LabPage.open(page, lab)
  const height = async (): Promise<number> => Math.round((await view.canvas.boundingBox())!.height)
  const before = await height()
  await view.rewrite(SHORT)
  await page.keyboard.press('Control+Enter')
  await expect(view.canvas.locator('.host')).toHaveCount(2)
  await expect(view.canvas.locator('.host', { hasText: 'left' })).toBeVisible()
  await expect(page.getByRole('button', { name: /two-hosts/ }).first()).toBeVisible()
  expect(await view.sentence()).toContain('ping')
  expect(await height()).toBe(before)

  // Opening another lab forgets nothing either: its text can be had back, and applied.
  await page.getByRole('button', { name: 'Lab: two-hosts' }).click()
  await view.dialog.getByRole('button', { name: 'Two hosts and a router' }).click()
  await expect(page.getByRole('button', { name: 'Lab: plain-network' })).toBeVisible()
  await page.keyboard.press('Control+z')
  await expect(page.getByTestId('dirty')).toBeVisible()
  await view.dock.getByRole('button', { name: 'Apply' }).click()
  await expect(page.getByRole('button', { name: 'Lab: two-hosts' })).toBeVisible()
  await expect(view.canvas.locator('.host')).toHaveCount(2)
})
