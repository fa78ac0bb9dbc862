import { type Feature, PASSPORT, judged } from '../../passport/passport.ts'
import type { DeviceKind, Entity, EntityView, StepView } from '../../worker/protocol.ts'
import { useI18n } from '../state/i18n.ts'
import { kindOfDevice } from '../state/names.ts'
import { openPassport } from '../state/page.ts'
import { useView } from '../state/stores.ts'
import { type Entries, featuresOf, featuresOfEntity } from './features.ts'
import './passport.css'

/** What of a step was compared with a real kernel, and what is known to differ. */
export function CheckedStep({ step }: { readonly step: StepView }) {
  const kind = useKind(step.dev)
  return <Checked entries={featuresOf(step, kind)} />
}

/** The same for what was clicked. */
export function CheckedEntity({ entity, view }: { readonly entity: Entity; readonly view: EntityView }) {
  const kind = useKind(entity.kind === 'device' ? entity.id : 0)
  return <Checked entries={featuresOfEntity(entity, view, kind)} />
}

const useKind = (device: number): DeviceKind | null => useView(({ topology }) => kindOfDevice(topology, device))

function Checked({ entries }: { readonly entries: Entries }) {
  const { t } = useI18n()
  const features = typeof entries === 'string' ? [] : entries
  return (
    <section className="checked" data-testid="checked">
      <h2>{t('ui.checked-title')}</h2>
      {typeof entries === 'string' && <p>{t(`passport.none-${entries}`)}</p>}
      {features.length <= FEW ? (
        features.map((feature) => <CheckedFeature key={feature} feature={feature} />)
      ) : (
        <Many features={features} />
      )}
      <button type="button" className="link" onClick={() => openPassport(features[0] ?? null)}>
        {t('ui.passport-all')}
      </button>
    </section>
  )
}

/** Features that are told in sentences; more are listed. */
const FEW = 3

function CheckedFeature({ feature }: { readonly feature: Feature }) {
  const { t, lang } = useI18n()
  const { handWritten, generated, deviations } = judged(PASSPORT, feature)
  const never = handWritten + generated === 0
  const name = t(`passport.feature-${feature}`)
  return (
    <>
      <p>
        <b>{name}</b>{' '}
        {never
          ? t('ui.checked-not')
          : t(generated > 0 ? 'ui.checked-counts' : 'ui.checked-hand', {
              kernel: kernelText(),
              hand: handWritten,
              generated,
            })}
        {lang === 'en' && ' '}
        {!never && deviations.length === 0 && t('ui.checked-equal')}
      </p>
      {deviations.map((deviation) => (
        <p key={deviation} className="checked-deviation">
          {t(`passport.deviation-${deviation}`)}
        </p>
      ))}
    </>
  )
}

function Many({ features }: { readonly features: readonly Feature[] }) {
  const { t } = useI18n()
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t('ui.passport-feature')}</th>
          <th scope="col">{t('ui.passport-hand')}</th>
          <th scope="col">{t('ui.passport-generated')}</th>
        </tr>
      </thead>
      <tbody>
        {features.map((feature) => {
          const { handWritten, generated } = judged(PASSPORT, feature)
          return (
            <tr key={feature}>
              <th scope="row">
                <button type="button" className="link" onClick={() => openPassport(feature)}>
                  {t(`passport.feature-${feature}`)}
                </button>
              </th>
              <td>{handWritten || '–'}</td>
              <td>{generated || '–'}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** `6.1, 6.18`: the releases that judged, without their last part. */
export const kernelText = (): string =>
  [...new Set(PASSPORT.kernels.map((release) => release.split('.').slice(0, 2).join('.')))].join(', ')
