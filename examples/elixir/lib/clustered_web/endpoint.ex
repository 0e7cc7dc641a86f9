defmodule ClusteredWeb.Endpoint do
  @moduledoc "Answers each HTTP request with what the node sees, in the place of Phoenix."

  alias Clustered.View

  # Does not start an endpoint unless one is to be served, as in Phoenix.
  def child_spec([]) do
    config = Application.fetch_env!(:clustered, __MODULE__)
    start = if config[:server], do: {:inets, :start, [:httpd, options(config[:http]), :stand_alone]}
    %{id: __MODULE__, start: start || {__MODULE__, :serve_nothing, []}, type: :supervisor}
  end

  def serve_nothing, do: :ignore

  # The callback of httpd, whose name is a reserved word in Elixir.
  def unquote(:do)(_request) do
    view = String.to_charlist(View.json() <> "\n")
    head = [code: 200, content_type: ~c"application/json", content_length: Integer.to_charlist(length(view))]
    {:proceed, [response: {:response, head, view}]}
  end

  defp options(http) do
    [
      port: http[:port],
      modules: [__MODULE__],
      server_name: ~c"clustered",
      # httpd requires existing directories, but reads nothing there.
      server_root: ~c"/",
      document_root: ~c"/"
    ]
  end
end
