// Shows a text in the title of the browser's tab as long as the page is open.
export default function ({ data }) {
  document.title = data.title;
  return () => {
    if (document.title === data.title) document.title = "Train";
  };
}
