/** The form Create Token: checks what can be checked here, shows at its fields what the server refused. Sends nothing itself. */
import { Anchor, Button, Loader, Text, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { TokenDraft } from '../../api/client.ts';
import { FailureNotice } from '../../shell/failure-notice.tsx';
import { tokenListPath } from '../../shell/paths.ts';
import classes from './create-token-form.module.css';
import { ExpiryField } from './expiry-field.tsx';
import { type Failure, useDateFault, useNameFault, useRefusals } from './form-faults.ts';
import { tidyName } from './token-name.ts';
import { useExpiry } from './use-expiry.ts';

interface CreateTokenFormProps {
  pending: boolean;
  failure: Failure | null;
  onConfirm: (draft: TokenDraft) => void;
}

export function CreateTokenForm({ pending, failure, onConfirm }: CreateTokenFormProps) {
  const { t } = useTranslation('tokens');
  const [name, setName] = useState('');
  const [date, setDate] = useState('');
  /** Whether a field is judged yet: not while it is typed for the first time. */
  const [judged, setJudged] = useState({ name: false, date: false });
  const nameInput = useRef<HTMLInputElement>(null);
  const dateInput = useRef<HTMLInputElement>(null);
  const expiry = useExpiry(date);
  const nameFault = useNameFault(name);
  const dateFault = useDateFault(expiry);
  const refused = useRefusals(failure, name, date);

  const nameError = (judged.name ? nameFault : null) ?? refused.name;
  // A day that is past is so at once; what is no date yet may become one.
  const dateError = (judged.date || expiry.preview?.kind === 'past' ? dateFault : null) ?? refused.date;

  useEffect(() => {
    if (failure === null) return;
    if (refused.name !== null) nameInput.current?.focus();
    else if (refused.date !== null) dateInput.current?.focus();
    // Only when an answer comes, not when a field is edited after it.
  }, [failure]);

  function submit(event: FormEvent) {
    event.preventDefault();
    setJudged({ name: true, date: true });
    if (nameFault !== null) return nameInput.current?.focus();
    if (dateFault !== null) return dateInput.current?.focus();
    const draft: TokenDraft = { name: tidyName(name) };
    if (expiry.typed.kind === 'day') {
      draft.expires_on = expiry.typed.day;
      draft.time_zone = expiry.timeZone;
    }
    onConfirm(draft);
  }

  return (
    <form className={classes.form} onSubmit={submit} noValidate>
      <TextInput
        ref={nameInput}
        label={t('create.name')}
        description={nameError === null && t('create.name_hint')}
        descriptionProps={{ className: classes.hint }}
        errorProps={{ className: classes.hint }}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        autoComplete="off"
        spellCheck={false}
        aria-required
        value={name}
        onChange={({ currentTarget: { value } }) => setName(value)}
        onBlur={() => name.trim() !== '' && setJudged((was) => ({ ...was, name: true }))}
        error={nameError}
      />
      <ExpiryField
        text={date}
        expiry={expiry}
        error={dateError}
        inputRef={dateInput}
        onChange={setDate}
        onLeave={() => setJudged((was) => ({ ...was, date: true }))}
      />
      {failure !== null && refused.elsewhere && <CreationFailure failure={failure} />}
      <div className={classes.buttons}>
        <Button
          type="submit"
          aria-disabled={pending}
          leftSection={pending && <Loader size={14} color="white" />}
        >
          {pending ? t('create.confirming') : t('create.confirm')}
        </Button>
        <Button component={Link} to={tokenListPath} variant="subtle" color="gray">
          {t('create.cancel')}
        </Button>
      </div>
    </form>
  );
}

function CreationFailure({ failure: { problem, maybeCreatedBefore } }: { failure: Failure }) {
  const { t } = useTranslation('tokens');
  const unknown = problem.saved === 'unknown' || maybeCreatedBefore;
  const known = { no: t('create.not_created'), unknown: t('create.not_known') };
  return (
    <div>
      <FailureNotice problem={problem} saving={unknown ? { ...known, no: known.unknown } : known} />
      {unknown && (
        <Text size="sm" mt={8}>
          <Anchor component={Link} to={tokenListPath} inherit>
            {t('create.see_list')}
          </Anchor>
        </Text>
      )}
    </div>
  );
}
