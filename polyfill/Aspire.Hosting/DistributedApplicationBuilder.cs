using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Health;
using Aspire.Hosting.Orchestrator;
using Aspire.Hosting.Utils;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.DistributedApplicationBuilder</c>.</summary>
internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly DistributedApplicationOptions _options;
    private readonly HostApplicationBuilder _host;

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        _options = options;

        var settings = new HostApplicationBuilderSettings { Args = options.Args, Configuration = new() };
        settings.Configuration.AddEnvironmentVariables("ASPIRE_");
        BuilderHook.Current?.Creating(options, settings);

        _host = new HostApplicationBuilder(settings);
        AppHostDirectory = options.ProjectDirectory ?? _host.Environment.ContentRootPath;
        UserSecrets = new UserSecretsStore(options.UserSecretsId);

        Configuration.AddInMemoryCollection([new("AppHost:Directory", AppHostDirectory)]);

        // The real builder reads the arguments a second time, after the environment, with Aspire's own switches.
        Configuration.AddCommandLine(options.Args ?? []);

        AddLogging();
        AddCoreServices();
        AddHealthChecks();
        if (!options.DisableDashboard)
        {
            AddDashboard();
        }

        AddOrchestration();
    }

    public ConfigurationManager Configuration => _host.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly => _options.Assembly;

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public IDistributedApplicationEventing Eventing { get; } = new DistributedApplicationEventing();

    public DistributedApplicationExecutionContext ExecutionContext { get; } = new(DistributedApplicationOperation.Run);

    public IResourceCollection Resources { get; } = new ResourceCollection();

    internal UserSecretsStore UserSecrets { get; }

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        ModelName.Validate("Resource", resource.Name);
        Resources.Add(resource);

        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        // In a test, the test goes on from here with this builder, until it says Build as well.
        BuilderHook.Current?.Building(this);

        var app = new DistributedApplication(_host.Build());
        ExecutionContext.Services = app.Services;
        BuilderHook.Current?.Built(app);

        return app;
    }

    private void AddLogging()
    {
        var logging = _host.Logging;
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        logging.AddFilter("Grpc", LogLevel.Error);
        logging.AddFilter("Aspire.Hosting.Dashboard", LogLevel.Warning);
        logging.AddFilter("Aspire.Hosting.Dashboard.ThirdParty", LogLevel.Error);
        if (!_options.DisableDashboard)
        {
            // While a server starts, its check fails; the dashboard shows that better than a stack trace each second.
            logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService", LogLevel.None);
        }

        // Again and last, so that the AppHost's own settings win.
        logging.AddConfiguration(Configuration.GetSection("Logging"));
    }

    private void AddCoreServices()
    {
        var waitBehavior = _options.DisableDashboard ? WaitBehavior.StopOnResourceUnavailable : WaitBehavior.WaitOnResourceUnavailable;

        Services.AddSingleton(TimeProvider.System);
        Services.AddSingleton(_options);
        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton(Eventing);
        Services.AddSingleton(new DistributedApplicationModel(Resources));
        Services.AddSingleton<ResourceLoggerService>();
        Services.AddSingleton(s => new ResourceNotificationService(s, s.GetRequiredService<ResourceLoggerService>(), waitBehavior));
        Services.AddSingleton(s => new ResourceCommandService(
            s.GetRequiredService<ResourceNotificationService>(), s.GetRequiredService<ResourceLoggerService>(), s));
        Services.AddSingleton<IAspireStore>(new AspireStore(_options, AppHostDirectory));
        Services.AddHttpClient();
        Services.AddHostedService<LifecycleLog>();
    }

    private void AddHealthChecks()
    {
        Services.AddHealthChecks();
        Services.AddSingleton<IValidateOptions<HealthCheckServiceOptions>>(new ValidateOptions<HealthCheckServiceOptions>(
            name: null,
            options => Resources.SelectMany(r => r.Annotations.OfType<HealthCheckAnnotation>())
                .All(a => options.Registrations.Any(r => r.Name == a.Key)),
            "A health check registration is missing. Each key given to WithHealthCheck must be registered with AddHealthChecks()."));
        Services.AddHostedService<ResourceHealthMonitor>();
    }

    private void AddDashboard()
    {
        UserSecrets.GetOrSet(Configuration, "AppHost:OtlpApiKey", TokenGenerator.Generate);
        UserSecrets.GetOrSet(Configuration, "AppHost:DashboardApiKey", TokenGenerator.Generate);
        Configuration.AddInMemoryCollection(
        [
            new("AppHost:BrowserToken", Configuration["ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN"] ?? TokenGenerator.Generate()),
            new("AppHost:ResourceService:AuthMode", "ApiKey"),
            new("AppHost:ResourceService:ApiKey", TokenGenerator.Generate()),
        ]);

        Services.AddSingleton<ResourceServiceHost>();
        Services.AddHostedService(s => s.GetRequiredService<ResourceServiceHost>());
        Services.AddSingleton<DashboardResource>();
    }

    private void AddOrchestration()
    {
        if (_options.EnableResourceLogging)
        {
            Services.AddHostedService<ResourceLogForwarder>();
        }

        Services.AddSingleton<DcpOptions>();
        Services.AddSingleton<DcpHost>();
        Services.AddSingleton<DcpExecutor>();
        Services.AddSingleton<ExecutableSpecBuilder>();
        Services.AddSingleton<ConsoleLogPump>();
        Services.AddSingleton<DcpWatcher>();
        Services.AddSingleton<ParameterProcessor>();
        Services.AddSingleton<InitialStates>();
        Services.AddSingleton<ResourceEvents>();
        Services.AddSingleton<ResourceStarter>();
        Services.AddSingleton<UrlProcessor>();
        Services.AddSingleton<DependencyGate>();
        Services.AddSingleton<ApplicationOrchestrator>();
        Services.AddHostedService<OrchestratorHost>();

        Eventing.Subscribe<BeforeStartEvent>((e, _) =>
        {
            foreach (var resource in e.Model.Resources.Where(r => r is ExecutableResource or ProjectResource))
            {
                DcpNames.EnsureInstances(resource);
            }

            return Task.CompletedTask;
        });
    }
}
