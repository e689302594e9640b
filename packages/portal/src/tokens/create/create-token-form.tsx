/** The form Create Token: checks what can be checked here, shows at its fields what the server refused. Sends nothing itself. */
import { Anchor, Button, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { TokenDraft } from '../../api/client.ts';
import type { Problem } from '../../api/problem.ts';
import { SubmitButton } from '../../form/submit-button.tsx';
import { useSubmission } from '../../form/use-submission.ts';
import { FailureNotice } from '../../shell/failure-notice.tsx';
import { tokenListPath } from '../../shell/paths.ts';
import classes from './create-token-form.module.css';
import { ExpiryField } from './expiry-field.tsx';
import { dateFaultText, nameFaultText } from './field-faults.ts';
import { tidyName } from './token-name.ts';
import { useExpiry } from './use-expiry.ts';

interface CreateTokenFormProps {
  /** Throws a `Problem` whose field errors name `name` and `date`. */
  create: (draft: TokenDraft) => Promise<void>;
}

export function CreateTokenForm({ create }: CreateTokenFormProps) {
  const { t } = useTranslation('tokens');
  const expiryOf = useExpiry();
  const form = useForm({
    initialValues: { name: '', date: '' },
    validate: {
      name: (name) => nameFaultText(t, name),
      date: (date) => dateFaultText(t, expiryOf(date)),
    },
    validateInputOnBlur: ['date'],
  });
  const { busy, problem, onSubmit } = useSubmission(form, async ({ name, date }) => {
    const draft: TokenDraft = { name: tidyName(name) };
    const { typed, timeZone } = expiryOf(date);
    if (typed.kind === 'day') {
      draft.expires_on = typed.day;
      draft.time_zone = timeZone;
    }
    await create(draft);
  });
  const nameField = form.getInputProps('name');
  const expiry = expiryOf(form.values.date);
  // A day that is past is so at once; what is no date yet may become one.
  const pastFault = expiry.preview?.kind === 'past' ? dateFaultText(t, expiry) : null;

  return (
    <form className={classes.form} onSubmit={onSubmit} noValidate>
      <TextInput
        {...nameField}
        label={t('create.name')}
        description={!form.errors.name && t('create.name_hint')}
        descriptionProps={{ className: classes.hint }}
        errorProps={{ className: classes.hint }}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        autoComplete="off"
        spellCheck={false}
        aria-required
        // An empty field is judged when the form is sent, not when it is passed through.
        onBlur={() => form.values.name.trim() !== '' && form.validateField('name')}
      />
      <ExpiryField
        field={form.getInputProps('date')}
        expiry={expiry}
        error={pastFault ?? (form.errors.date as string | undefined) ?? null}
        onPick={(text) => form.setFieldValue('date', text)}
      />
      {problem !== null && <CreationFailure problem={problem} />}
      <div className={classes.buttons}>
        <SubmitButton busy={busy} label={t('create.confirm')} busyLabel={t('create.confirming')} />
        <Button component={Link} to={tokenListPath} variant="subtle" color="gray">
          {t('create.cancel')}
        </Button>
      </div>
    </form>
  );
}

function CreationFailure({ problem }: { problem: Problem }) {
  const { t } = useTranslation('tokens');
  return (
    <div>
      <FailureNotice
        problem={problem}
        saving={{ no: t('create.not_created'), unknown: t('create.not_known') }}
      />
      {problem.saved === 'unknown' && (
        <Text size="sm" mt={8}>
          <Anchor component={Link} to={tokenListPath} inherit>
            {t('create.see_list')}
          </Anchor>
        </Text>
      )}
    </div>
  );
}
