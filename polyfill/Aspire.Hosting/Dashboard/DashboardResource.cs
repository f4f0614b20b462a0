using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Eventing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>The Aspire dashboard: a hidden resource of the model, first to start, run by DCP like any other.</summary>
internal sealed partial class DashboardResource(
    IConfiguration configuration,
    DistributedApplicationOptions options,
    DcpOptions dcpOptions,
    ResourceServiceHost resourceService,
    ResourceLoggerService loggers,
    IDistributedApplicationEventing eventing,
    ILoggerFactory loggerFactory,
    ILogger<DistributedApplication> logger)
{
    private const string Name = "aspire-dashboard";
    private const string OtlpGrpc = "otlp-grpc";
    private const string OtlpHttp = "otlp-http";

    public static EndpointReference? FindOtlpEndpoint(DistributedApplicationModel model) =>
        model.Resources.TryGetByName(Name, out var dashboard) ? ((IResourceWithEndpoints)dashboard).GetEndpoint(OtlpGrpc) : null;

    public Task AddTo(DistributedApplicationModel model)
    {
        var program = dcpOptions.DashboardPath;
        var dashboard = new ExecutableResource(Name, program, Path.GetDirectoryName(program)!);
        AddEndpoints(dashboard);

        dashboard.Annotations.Add(new HiddenAnnotation());
        dashboard.Annotations.Add(new ExcludeLifecycleCommandsAnnotation());
        dashboard.Annotations.Add(new ResourceIconAnnotation("ContentView"));
        dashboard.Annotations.Add(new CommandLineArgsCallbackAnnotation(context =>
        {
            context.Args.Add("dashboard");
            return Task.CompletedTask;
        }));
        dashboard.Annotations.Add(new EnvironmentCallbackAnnotation(SetEnvironmentAsync));

        DcpNames.EnsureInstances(dashboard);
        model.Resources.Insert(0, dashboard);

        eventing.Subscribe<ResourceReadyEvent>(dashboard, (_, _) =>
        {
            SayWhere(dashboard);
            return Task.CompletedTask;
        });
        _ = DashboardLog.ForwardAsync(loggers.WatchAsync(dashboard), loggerFactory);

        return Task.CompletedTask;
    }

    private void AddEndpoints(ExecutableResource dashboard)
    {
        // Same settings as the real one: none of them is needed, and then the ports are free ones.
        Add("http", configuration["ASPNETCORE_URLS"]?.Split(';', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(), null);
        var http = configuration["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"];
        var grpc = configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"];
        if (http is not null || grpc is null)
        {
            Add(OtlpHttp, http, null);
        }

        if (grpc is not null || http is null)
        {
            Add(OtlpGrpc, grpc, "http2");
        }

        void Add(string name, string? url, string? transport)
        {
            var address = BindingAddress.Parse(url is { Length: > 0 } ? url : "http://localhost:0");
            RequirePlainHttp(address);
            dashboard.Annotations.Add(new EndpointAnnotation(
                ProtocolType.Tcp, address.Scheme, transport, name, address.Port == 0 ? null : address.Port)
            {
                TargetHost = address.Host,
            });
        }
    }

    private void RequirePlainHttp(BindingAddress address)
    {
        if (address.Scheme != "http")
        {
            throw new DistributedApplicationException(
                $"The dashboard's address '{address}' needs a certificate, which needs the real Aspire.Hosting package; this build uses http and the stand-ins in polyfill/.");
        }

        if (!options.AllowUnsecuredTransport && !configuration.GetValue("ASPIRE_ALLOW_UNSECURED_TRANSPORT", false))
        {
            throw new DistributedApplicationException(
                "The 'applicationUrl' setting must be an https address unless the 'ASPIRE_ALLOW_UNSECURED_TRANSPORT' environment variable is set to true.");
        }
    }

    private async Task SetEnvironmentAsync(EnvironmentCallbackContext context)
    {
        var variables = context.EnvironmentVariables;
        var dashboard = (IResourceWithEndpoints)context.Resource;

        foreach (var (name, value) in configuration.AsEnumerable().Where(s => s.Key.StartsWith("ASPIRE_DASHBOARD_", StringComparison.OrdinalIgnoreCase)))
        {
            variables[name] = value ?? "";
        }

        variables["ASPNETCORE_ENVIRONMENT"] = configuration["ASPNETCORE_ENVIRONMENT"] ?? "Production";
        variables["ASPNETCORE_URLS"] = Listening("http");
        variables["DASHBOARD__FRONTEND__PUBLICURL"] = dashboard.GetEndpoint("http").Url;
        if (dashboard.GetEndpoint(OtlpGrpc).Exists)
        {
            variables["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = Listening(OtlpGrpc);
        }

        if (dashboard.GetEndpoint(OtlpHttp).Exists)
        {
            variables["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = Listening(OtlpHttp);
            AllowBrowserTelemetry(context);
        }

        variables["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        variables["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = await resourceService.GetAddressAsync(context.CancellationToken);
        variables["DASHBOARD__RESOURCESERVICECLIENT__AUTHMODE"] = "ApiKey";
        variables["DASHBOARD__RESOURCESERVICECLIENT__APIKEY"] = Setting("AppHost:ResourceService:ApiKey");
        variables["DASHBOARD__FRONTEND__AUTHMODE"] = "BrowserToken";
        variables["DASHBOARD__FRONTEND__BROWSERTOKEN"] = Setting("AppHost:BrowserToken");
        variables["DASHBOARD__OTLP__AUTHMODE"] = "ApiKey";
        variables["DASHBOARD__OTLP__PRIMARYAPIKEY"] = Setting("AppHost:OtlpApiKey");
        variables["DASHBOARD__API__AUTHMODE"] = "ApiKey";
        variables["DASHBOARD__API__PRIMARYAPIKEY"] = Setting("AppHost:DashboardApiKey");
        variables["LOGGING__CONSOLE__FORMATTERNAME"] = "json";

        ReferenceExpression Listening(string endpoint)
        {
            var reference = dashboard.GetEndpoint(endpoint);

            return ReferenceExpression.Create($"http://{reference.EndpointAnnotation.TargetHost}:{reference.Property(EndpointProperty.TargetPort)}");
        }
    }

    /// <summary>Pages that the resources serve may send their telemetry to the dashboard.</summary>
    private static void AllowBrowserTelemetry(EnvironmentCallbackContext context)
    {
        var model = (DistributedApplicationModel)context.ExecutionContext.Services.GetService(typeof(DistributedApplicationModel))!;
        var origins = model.Resources.Where(r => r.Name != Name)
            .SelectMany(r => r.Annotations.OfType<EndpointAnnotation>())
            .Where(e => e.UriScheme is "http" or "https" && e.AllocatedEndpoint is not null)
            .Select(e => e.AllocatedEndpoint!.UriString)
            .Distinct()
            .ToList();

        if (origins.Count > 0)
        {
            context.EnvironmentVariables["DASHBOARD__OTLP__CORS__ALLOWEDORIGINS"] = string.Join(',', origins);
            context.EnvironmentVariables["DASHBOARD__OTLP__CORS__ALLOWEDHEADERS"] = "*";
        }
    }

    private string Setting(string key) => configuration[key] ?? throw new InvalidOperationException($"'{key}' is not set.");

    private void SayWhere(ExecutableResource dashboard)
    {
        var url = dashboard.GetEndpoint("http").Url;
        Listening(url);
        Login($"{url}/login?t={Setting("AppHost:BrowserToken")}");
    }

    [LoggerMessage(LogLevel.Information, "Now listening on: {DashboardUrl}")]
    private partial void Listening(string dashboardUrl);

    [LoggerMessage(LogLevel.Information, "Login to the dashboard at {LoginUrl}")]
    private partial void Login(string loginUrl);
}
