/** Above the table: search by name, filter by status, order (where the headings do not fit), and New Token. */
import { Button, CloseButton, NativeSelect, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { PlusIcon, SearchIcon } from '../../shell/icons.tsx';
import { createTokenPath } from '../../shell/paths.ts';
import { columnOf, isDescending, type Sort, sorts, statuses, type TableState } from './table-state.ts';
import classes from './token-toolbar.module.css';

interface TokenToolbarProps {
  state: TableState;
  onChange: (next: TableState, how?: { typing?: boolean }) => void;
}

/** Typing is searched for when it rests this long. */
const restMs = 250;

export function TokenToolbar({ state, onChange }: TokenToolbarProps) {
  const { t } = useTranslation('tokens');
  const status = state.status ?? '';
  return (
    <div className={classes.toolbar}>
      <SearchField state={state} onChange={onChange} />
      <NativeSelect
        aria-label={t('list.status')}
        className={classes.status}
        value={status}
        data={[
          { value: '', label: t('list.any_status') },
          ...statuses.map((value) => ({ value, label: t(`status.${value}`) })),
        ]}
        onChange={({ currentTarget: { value } }) =>
          onChange({ ...state, status: statuses.find((known) => known === value) ?? null })
        }
      />
      <NativeSelect
        aria-label={t('list.sort')}
        className={classes.sort}
        value={state.sort}
        data={sorts.map((value) => ({
          value,
          label: t(isDescending(value) ? 'list.sort_descending' : 'list.sort_ascending', {
            column: t(`column.${columnOf(value)}`),
          }),
        }))}
        onChange={({ currentTarget: { value } }) => onChange({ ...state, sort: value as Sort })}
      />
      <NewTokenButton />
    </div>
  );
}

/** Selects the button in the page, for the focus to go to. */
export const newTokenButton = '#new-token';

export function NewTokenButton() {
  const { t } = useTranslation('tokens');
  return (
    <Button
      component={Link}
      to={createTokenPath}
      id="new-token"
      leftSection={<PlusIcon />}
      className={classes.create}
    >
      {t('list.new_token')}
    </Button>
  );
}

function SearchField({ state, onChange }: TokenToolbarProps) {
  const { t } = useTranslation('tokens');
  const [typed, setTyped] = useState(state.q);
  const asked = useRef(state.q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  // Back and Clear filters change the address from outside; one's own search coming back does not touch the field.
  useEffect(() => {
    if (state.q === asked.current) return;
    asked.current = state.q;
    setTyped(state.q);
  }, [state.q]);
  useEffect(() => () => clearTimeout(timer.current), []);

  function search(text: string) {
    setTyped(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const q = text.trim();
      if (q === asked.current) return;
      asked.current = q;
      onChange({ ...state, q }, { typing: true });
    }, restMs);
  }

  return (
    <TextInput
      type="search"
      aria-label={t('list.search')}
      placeholder={t('list.search')}
      className={classes.search}
      leftSection={<SearchIcon />}
      maxLength={100}
      value={typed}
      onChange={({ currentTarget: { value } }) => search(value)}
      rightSection={
        typed !== '' && (
          <CloseButton size="sm" aria-label={t('list.clear_search')} onClick={() => search('')} />
        )
      }
    />
  );
}
