using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dcp;

/// <summary>Turns a resource into what DCP starts: runs the callbacks for environment and arguments, and fills in their values.</summary>
internal sealed class ExecutableSpecBuilder(
    DistributedApplicationOptions options, DistributedApplicationExecutionContext executionContext, ResourceLoggerService loggers)
{
    public async Task<RenderedExecutable> BuildAsync(IResource resource, CancellationToken cancellationToken)
    {
        var args = await ArgumentsAsync(resource, cancellationToken);
        var env = await EnvironmentAsync(resource, cancellationToken);

        return new(Base(resource, args, env), args);
    }

    /// <summary>The program and its directory, which are known before anything is evaluated.</summary>
    public ExecutableSpec Base(
        IResource resource, IReadOnlyList<(string Value, bool IsSecret)>? args = null, IReadOnlyList<EnvironmentVariable>? env = null)
    {
        var (path, directory, ownArgs) = resource switch
        {
            ProjectResource project => ProjectCommand(project.GetProjectMetadata()),
            ExecutableResource executable => (executable.Command, executable.WorkingDirectory, []),
            _ => throw new InvalidOperationException($"Resource '{resource.Name}' is not a process."),
        };

        return new()
        {
            ExecutablePath = path,
            WorkingDirectory = directory,
            Args = [.. ownArgs, .. (args ?? []).Select(a => a.Value)],
            Env = env ?? [],
        };
    }

    /// <summary>
    /// A referenced project was built with the AppHost, which knows its assembly: it is run as <c>dotnet run</c> would run it, in the
    /// same directory, but without a second evaluation of the project and a process that only waits (one second and 100 MB for each
    /// service). Any other project is given to <c>dotnet run</c>, as the real one does with all.
    /// </summary>
    private (string Path, string Directory, IReadOnlyList<string> Args) ProjectCommand(IProjectMetadata project)
    {
        var directory = Path.GetDirectoryName(project.ProjectPath)!;
        if (project.SuppressBuild && options.Metadata($"projecttargetpath:{project.ProjectPath}") is { } assembly)
        {
            return ("dotnet", directory, [assembly]);
        }

        List<string> args = ["run", "--project", project.ProjectPath];
        if (project.SuppressBuild)
        {
            args.Add("--no-build");
        }

        if (options.Configuration is { Length: > 0 } configuration)
        {
            args.AddRange(["--configuration", configuration]);
        }

        return ("dotnet", directory, [.. args, "--no-launch-profile", "--"]);
    }

    private async Task<List<(string Value, bool IsSecret)>> ArgumentsAsync(IResource resource, CancellationToken cancellationToken)
    {
        var context = new CommandLineArgsCallbackContext([], resource, cancellationToken)
        {
            ExecutionContext = executionContext,
            Logger = loggers.GetLogger(resource),
        };
        foreach (var callback in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToList())
        {
            await callback.Callback(context);
        }

        var args = new List<(string, bool)>();
        foreach (var arg in context.Args)
        {
            if (await TextAsync(resource, arg, cancellationToken) is { } value)
            {
                args.Add((value, IsSecret(arg)));
            }
        }

        return args;
    }

    private async Task<List<EnvironmentVariable>> EnvironmentAsync(IResource resource, CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(executionContext, resource, cancellationToken: cancellationToken)
        {
            Logger = loggers.GetLogger(resource),
        };
        foreach (var callback in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToList())
        {
            await callback.Callback(context);
        }

        var env = new List<EnvironmentVariable>();
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            if (await TextAsync(resource, value, cancellationToken) is { } text)
            {
                env.Add(new(name, text));
            }
        }

        return env;
    }

    private static async ValueTask<string?> TextAsync(IResource resource, object value, CancellationToken cancellationToken) => value switch
    {
        string text => text,
        IValueProvider provider => await provider.GetValueAsync(cancellationToken),
        IResourceBuilder<IResource> { Resource: IValueProvider provider } => await provider.GetValueAsync(cancellationToken),
        bool or int or long or Enum => Convert.ToString(value, CultureInfo.InvariantCulture),
        _ => throw new DistributedApplicationException($"Resource '{resource.Name}' has a value of type '{value.GetType()}' that cannot be turned into text."),
    };

    private static bool IsSecret(object value) => value switch
    {
        ParameterResource parameter => parameter.Secret,
        IResourceBuilder<ParameterResource> parameter => parameter.Resource.Secret,
        ReferenceExpression expression => expression.ValueProviders.Any(IsSecret),
        ConnectionStringReference reference => IsSecret(reference.Resource),
        IResourceWithConnectionString resource => IsSecret(resource.ConnectionStringExpression),
        _ => false,
    };
}
