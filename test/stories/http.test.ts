/** The stories, told to a whole server over HTTP. */
import { openHouse } from './http/house.ts';
import { HttpWorld } from './http.ts';
import { play } from './play.ts';

const house = await openHouse();

play('http', async () => {
  await house.takeBack();
  return new HttpWorld(house);
});
