/** What is measured and what it is measured against, all on this machine: a service at work, and bare objects. */
import { FloorClient } from './floor/client.ts'
import { type FloorServer, serveFloors } from './floor/server.ts'
import { Site } from './site.ts'

export class Stage {
  readonly site: Site
  readonly floor: FloorClient
  readonly #floors: FloorServer

  private constructor(site: Site, floors: FloorServer, floor: FloorClient) {
    this.site = site
    this.#floors = floors
    this.floor = floor
  }

  static async open(): Promise<Stage> {
    const site = await Site.open()
    const floors = await serveFloors(site.folder)
    return new Stage(site, floors, await FloorClient.connect(floors))
  }

  async close(): Promise<void> {
    this.floor.close()
    await this.#floors.close()
    await this.site.close()
  }
}
