import { type Feature, PASSPORT, judged } from '../../passport/passport.ts'
import type { StepView } from '../../worker/protocol.ts'
import { useI18n } from '../state/i18n.ts'
import { openPassport } from '../state/page.ts'
import { featuresOf } from './features.ts'
import './passport.css'

/** What of a step was compared with a real kernel, and what is known to differ. */
export default function Checked({ step }: { readonly step: StepView }) {
  const { t } = useI18n()
  const features = featuresOf(step)
  const [main] = features
  if (main === undefined) return null
  return (
    <section className="checked" data-testid="checked">
      <h2>{t('ui.checked-title')}</h2>
      {features.map((feature) => (
        <CheckedFeature key={feature} feature={feature} />
      ))}
      <button type="button" className="link" onClick={() => openPassport(main)}>
        {t('ui.passport-all')}
      </button>
    </section>
  )
}

function CheckedFeature({ feature }: { readonly feature: Feature }) {
  const { t } = useI18n()
  const { handWritten, generated } = judged(PASSPORT, feature)
  const known = PASSPORT.deviations.filter(({ features }) => features.includes(feature))
  const name = t(`passport.feature-${feature}`)
  return (
    <>
      <p>
        <b>{name}</b>{' '}
        {handWritten + generated === 0
          ? t('ui.checked-not')
          : t(generated > 0 ? 'ui.checked-counts' : 'ui.checked-hand', {
              kernel: kernelText(),
              hand: handWritten,
              generated,
            })}{' '}
        {handWritten + generated > 0 && known.length === 0 && t('ui.checked-equal')}
      </p>
      {(handWritten + generated > 0 ? known : []).map(({ id }) => (
        <p key={id} className="checked-deviation">
          {t(`passport.deviation-${id}`)}
        </p>
      ))}
    </>
  )
}

/** `6.1, 6.18`: the releases that judged, without their last part. */
export const kernelText = (): string =>
  [...new Set(PASSPORT.kernels.map((release) => release.split('.').slice(0, 2).join('.')))].join(', ')
