namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.DistributedApplicationExecutionContext</c>; publishing needs the real package, so this one always runs.</summary>
public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
{
    public DistributedApplicationOperation Operation { get; } = operation;

    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;

    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;

    public IServiceProvider Services
    {
        get => field ?? throw new InvalidOperationException("The services are available once the application is built.");
        internal set;
    }
}

/// <summary>Stands for <c>Aspire.Hosting.DistributedApplicationOperation</c>.</summary>
public enum DistributedApplicationOperation
{
    Run,
    Publish,
}
