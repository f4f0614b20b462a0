namespace Shop.Tests.Support;

/// <summary>
/// Tests that read exported spans. A tracer provider exports the spans of the whole process, so these tests run one after another and
/// not beside other tests.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TracingTestGroup
{
    public const string Name = "Tracing";
}
