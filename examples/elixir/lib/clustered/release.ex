defmodule Clustered.Release do
  @moduledoc "What is done with the release where Mix is not there: `bin/migrate`."

  @app :clustered

  @doc "Where there is a database, its migrations run here, before the first node starts; none of it needs a cluster."
  def migrate do
    :ok = Application.ensure_loaded(@app)
    IO.puts("migrated by #{node()}")
  end
end
