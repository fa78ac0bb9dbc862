import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createTwin } from './client.ts'
import { connectHost } from './host.ts'
import { isInPicture, readPicture, writePicture } from './picture.ts'
import { preparePicture } from './prepare.ts'
import type { TimelineUpdate } from './protocol.ts'

const LABS = new URL('../../public/labs/', import.meta.url)
const files = readdirSync(LABS).filter((name) => name.endsWith('.yaml'))
const textOf = (file: string): string => readFileSync(new URL(file, LABS), 'utf8')

describe('pictures', () => {
  it.each(files)('%s: what was kept is what the simulator tells, at every moment of the story', async (file) => {
    const text = textOf(file)
    const prepared = await preparePicture(text)
    expect(prepared).not.toBeNull()
    const picture = readPicture(JSON.parse(writePicture(prepared!)))

    const client = createTwin(connectHost)
    const updates: TimelineUpdate[] = []
    client.listen((notice) => notice.type === 'timeline' && updates.push(notice.update))
    const answer = await client.ask('open', { text })
    expect(picture.answer).toEqual(JSON.parse(JSON.stringify(answer)))
    expect(updates).toEqual([picture.update])

    const { story, length } = picture.update
    for (let cursor = story; cursor < length; cursor += 97) {
      expect(isInPicture(picture, cursor)).toBe(true)
      expect(await client.ask('topology', { cursor })).toMatchObject({
        topology: picture.answer.view.topology,
        revision: picture.answer.view.revision,
      })
    }
  })

  it('does not hold before the story, nor behind the end', async () => {
    const picture = (await preparePicture(textOf('flannel-vxlan.yaml')))!
    expect(isInPicture(picture, picture.update.story - 1)).toBe(false)
    expect(isInPicture(picture, picture.update.length)).toBe(false)
  })

  it('is not taken of a text with errors, nor of a topology that changes during the story', async () => {
    const text = textOf('flannel-vxlan.yaml')
    expect(await preparePicture(text.replace('kind: Lab', 'kind: Lob'))).toBeNull()
    const cut = '    - {at: settled, in: node/node2, run: "ip link set eth0 down"}\n'
    const changing = text.replace('  script:\n', `  script:\n${cut}`)
    expect(changing).not.toBe(text)
    expect(await preparePicture(changing)).toBeNull()
  })
})
