import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A modal: the browser keeps the focus inside, and gives it back to where it was. */
export function Dialog(props: {
  readonly title: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const back = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (back instanceof HTMLElement) back.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      aria-label={props.title}
      onClose={props.close}
      onClick={(event) => event.target === ref.current && props.close()}
    >
      {props.children}
    </dialog>
  );
}
