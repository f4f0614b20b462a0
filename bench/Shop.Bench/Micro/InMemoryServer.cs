using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Shop.Bench.Micro;

/// <summary>A server without connections: it passes a request to the application on the calling thread.</summary>
internal sealed class InMemoryServer : IServer
{
    private static readonly ExecutionContext _emptyContext = CaptureEmptyContext();

    private Action<IFeatureCollection>? _process;

    public IFeatureCollection Features { get; } = new FeatureCollection();

    /// <summary>Processes a request in an execution context of its own, as Kestrel does, and returns its status code.</summary>
    public int Send(string path, HeaderDictionary headers)
    {
        var request = new HttpRequestFeature { Method = "GET", Protocol = "HTTP/1.1", Scheme = "http", Path = path, Headers = headers };
        var response = new HttpResponseFeature();
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(request);
        features.Set<IHttpResponseFeature>(response);
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        ExecutionContext.Run(_emptyContext, _ => _process!(features), null);
        return response.StatusCode;
    }

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken) where TContext : notnull
    {
        _process = features =>
        {
            var context = application.CreateContext(features);
            application.ProcessRequestAsync(context).GetAwaiter().GetResult();
            application.DisposeContext(context, null);
        };
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
    }

    private static ExecutionContext CaptureEmptyContext()
    {
        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(() => ExecutionContext.Capture()!).Result;
        }
    }
}
