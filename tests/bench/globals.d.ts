// What the page gives the driver.
interface Window {
  bench: any;
}
