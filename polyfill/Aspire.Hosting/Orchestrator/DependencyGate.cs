using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestrator;

/// <summary>Holds a resource back until those that it waits for are there, or until somebody presses its Start button.</summary>
internal sealed class DependencyGate(ResourceNotificationService notifications)
{
    public async Task WaitAsync(BeforeResourceStartedEvent e, CancellationToken cancellationToken)
    {
        if (!e.Resource.HasAnnotationOfType<WaitAnnotation>())
        {
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var dependencies = notifications.WaitForDependenciesAsync(e.Resource, over.Token);
        var hasWaited = new HashSet<string>();
        var released = notifications.WaitForResourceAsync(e.Resource.Name, IsReleased, over.Token);

        var first = await Task.WhenAny(dependencies, released);
        await over.CancelAsync();
        if (first == dependencies)
        {
            await dependencies;
        }

        cancellationToken.ThrowIfCancellationRequested();

        // Start takes a waiting resource out of the state Waiting.
        bool IsReleased(ResourceEvent news)
        {
            if (e.InstanceId is not null && e.InstanceId != news.ResourceId)
            {
                return false;
            }

            if (news.Snapshot.State?.Text == KnownResourceStates.Waiting)
            {
                hasWaited.Add(news.ResourceId);
                return false;
            }

            return hasWaited.Contains(news.ResourceId);
        }
    }
}
